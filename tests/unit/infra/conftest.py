"""A PATH of pretended tools, and a cache and state of each test's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Pretend = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def pretend(tmp_path: Path) -> Pretend:
    """Put a shell script of a name into a folder of its own; returns the folder."""

    def make(name: str, script: str) -> Path:
        folder = tmp_path / f"bin-{len(list(tmp_path.glob('bin-*')))}"
        folder.mkdir()
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
        return folder

    return make
