"""A node's turn: it installs what is meant for it, and starts what it installed."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest

from infra.node.sre_node import upgrade
from infra.node.sre_node.api import Api

ORDER = {
    "engine": "nomad",
    "version": "1.10.1",
    "node": "blue-server-0",
    "url": "file:///staged/nomad",
    "sha256": {"amd64": "ab"},
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What systemd and the installer were asked; the agent's process is number 42."""
    log: list[str] = []

    def run(words: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        if words[1] == "restart":
            log.append(f"restart {words[2]}")
        return subprocess.CompletedProcess(words, 0, stdout="42\n")

    monkeypatch.setattr(
        upgrade,
        "install",
        lambda name, release: log.append(f"install {name} {release['version']} {release['url']}"),
    )
    monkeypatch.setattr(subprocess, "run", run)
    return log


@pytest.mark.parametrize(
    ("runs_from", "started"),
    [("/usr/local/bin/nomad (deleted)", ["restart nomad"]), ("/usr/local/bin/nomad", [])],
)
def test_it_starts_what_replaced_the_running_program(
    asked: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, runs_from: str, started: list[str]
) -> None:
    (tmp_path / "42").mkdir()
    (tmp_path / "42/exe").symlink_to(runs_from)
    found = upgrade.runs_another("nomad", tmp_path)
    monkeypatch.setattr(upgrade, "runs_another", lambda engine: found)
    upgrade.obey(ORDER, "blue-server-0")
    assert asked == ["install nomad 1.10.1 file:///staged/nomad", *started]


def test_one_that_does_not_run_is_started(asked: list[str], tmp_path: Path) -> None:
    assert upgrade.runs_another("nomad", tmp_path)


@pytest.mark.parametrize("change", [{"node": "blue-server-1"}, {"engine": "sshd"}])
def test_what_is_not_meant_for_it_is_left_alone(asked: list[str], change: dict[str, str]) -> None:
    upgrade.obey(ORDER | change, "blue-server-0")
    assert asked == []


def test_an_order_comes_with_the_index_to_wait_at() -> None:
    class Consul:
        def ask(self, method: str, path: str) -> Any:
            assert (method, path) == ("GET", "/v1/kv/sre/upgrade?index=7&wait=8s")
            return [{"Value": base64.b64encode(json.dumps(ORDER).encode()).decode(), "ModifyIndex": 9}]

    assert upgrade.next_order(cast("Api", Consul()), 7) == (ORDER, 9)
