from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from infra import progress
from infra.progress import run_watched, step
from sre_cli.errors import EngineUnavailable


def test_a_failure_is_told_with_the_last_lines() -> None:
    script = "for i in $(seq 100); do echo line $i; done; echo broken >&2; exit 3"
    with step("work") as watch, pytest.raises(EngineUnavailable, match="exit code 3") as caught:
        run_watched(["sh", "-c", script], watch)
    lines = (caught.value.detail or "").splitlines()
    assert len(lines) == progress.TAIL_LINES
    assert lines[-1] == "broken"


def test_what_takes_too_long_is_ended_with_its_children() -> None:
    began = time.monotonic()
    with step("work") as watch, pytest.raises(EngineUnavailable, match="too long"):
        run_watched(["sh", "-c", "sleep 60 & sleep 60"], watch, deadline_s=0.3)
    assert time.monotonic() - began < 10


def test_what_is_ended_may_tidy_up_first(tmp_path: Path) -> None:
    script = f"trap 'touch {tmp_path}/tidied; exit' TERM; sleep 60 & wait"
    with step("work") as watch, pytest.raises(EngineUnavailable):
        run_watched(["sh", "-c", script], watch, deadline_s=0.3)
    assert (tmp_path / "tidied").exists()


def test_without_a_terminal_a_line_comes_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "QUIET_S", 0.5)
    with step("compile") as watch:
        run_watched([sys.executable, "-uc", "import time; print('package a'); time.sleep(1.2)"], watch)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "... compile"
    assert any("package a" in line for line in said[1:-1])
    assert said[-1].startswith("ok compile (")
