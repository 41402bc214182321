from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.process import Detached, birth


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Detached]:
    one = Detached("sleeper", tmp_path)
    yield one
    one.stop(1)


def start(daemon: Detached, script: str = "exec sleep 60") -> int:
    return daemon.start(["sh", "-c", script], dict(os.environ))


def test_it_runs_in_a_session_of_its_own_and_is_ended(daemon: Detached) -> None:
    pid = start(daemon)
    assert daemon.pid() == pid
    assert os.getsid(pid) == pid != os.getsid(0)
    assert daemon.stop(5)
    assert birth(pid) is None
    assert not daemon.stop(5)


def test_one_deaf_to_sigterm_is_killed(daemon: Detached) -> None:
    pid = start(daemon, "trap '' TERM; echo deaf; while :; do sleep 0.1; done")
    while daemon.tail() != "deaf":
        time.sleep(0.02)
    daemon.stop(0.3)
    assert birth(pid) is None


def test_a_stranger_with_the_recorded_number_is_left_alone(daemon: Detached) -> None:
    start(daemon)
    daemon.stop(5)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        daemon.record.write_text(json.dumps({"pid": stranger.pid, "birth": "another boot/1"}))
        assert daemon.pid() is None
        assert not daemon.stop(1)
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("record", ["", "{", "[]"])
def test_a_broken_record_is_no_process(daemon: Detached, record: str) -> None:
    daemon.record.parent.mkdir(parents=True)
    daemon.record.write_text(record)
    assert daemon.pid() is None


def test_one_that_died_at_once_is_not_running_and_its_words_are_kept(daemon: Detached) -> None:
    start(daemon, "echo port is taken; exit 1")
    while daemon.pid():
        time.sleep(0.02)
    assert daemon.tail() == "port is taken"
