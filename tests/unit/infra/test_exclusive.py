"""One run at a time, and what the others are told."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from infra.exclusive import exclusive


def test_nothing_is_left_of_a_lock(tmp_path: Path) -> None:
    with exclusive(tmp_path / "env"):
        assert f"process {os.getpid()}" in (tmp_path / "env.lock").read_text()
    assert list(tmp_path.iterdir()) == []


def test_who_waits_says_for_whom_and_comes_in_turn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inside: list[str] = []
    entered, release = threading.Event(), threading.Event()

    def work(name: str) -> None:
        with exclusive(tmp_path / "env"):
            inside.append(name)
            assert len(inside) == 1
            if name == "first":
                entered.set()
                assert release.wait(10)
            inside.remove(name)

    first = threading.Thread(target=work, args=("first",))
    first.start()
    assert entered.wait(10)
    others = [threading.Thread(target=work, args=(f"other-{n}",)) for n in range(3)]
    for other in others:
        other.start()
    others[0].join(0.5)
    release.set()
    for thread in (first, *others):
        thread.join(10)
        assert not thread.is_alive()
    assert f"process {os.getpid()}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
