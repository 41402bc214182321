"""Where an environment's state lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from sre_cli.specs.paths import state_dir


def test_the_state_lies_where_xdg_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_dir("blue") == tmp_path / "sre" / "blue"


@pytest.mark.parametrize("said", ["", "state", "./state"])
def test_a_folder_that_depends_on_where_a_command_starts_is_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", said)
    assert state_dir("blue") == tmp_path / ".local" / "state" / "sre" / "blue"
