"""A machine whose npm, proxies and certificates are what the test says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.weights import npm_config
from infra.weights.npm_registry import CA_VARIABLES
from tests.unit.infra.weights.registry import Registry, serving


@pytest.fixture(autouse=True)
def own_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cleared = {*CA_VARIABLES, "SSL_CERT_FILE", "SSL_CERT_DIR"}
    for name in os.environ:
        if name in cleared or name.lower().startswith("npm_config_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NPM_CONFIG_GLOBALCONFIG", str(tmp_path / "global"))
    monkeypatch.setattr(npm_config, "MACHINE_FILE", tmp_path / "machine")


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """The registry that this machine is configured with."""
    with serving() as registry:
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", registry.url)
        yield registry
