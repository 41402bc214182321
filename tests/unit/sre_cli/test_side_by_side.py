"""Work done at once: all of it, and every failure told."""

from __future__ import annotations

import _thread
import threading

import pytest

from sre_cli.errors import DeployFailed, Refused
from sre_cli.flows.side_by_side import side_by_side


def failing(error: Exception) -> str:
    raise error


def test_they_run_at_once() -> None:
    meeting = threading.Barrier(3, timeout=10)
    results: list[int] = []
    side_by_side({str(index): meeting.wait for index in range(3)}, results.append)
    assert sorted(results) == [0, 1, 2]


def test_one_that_fails_does_not_stop_the_others() -> None:
    results: list[str] = []
    with pytest.raises(DeployFailed, match=r"^a: broken$"):
        side_by_side({"a": lambda: failing(DeployFailed("a: broken")), "b": lambda: "b"}, results.append)
    assert results == ["b"]


def test_every_failure_is_told() -> None:
    tasks = {
        "a": lambda: failing(Refused("a: no room", hint="one")),
        "b": lambda: failing(DeployFailed("b: broken", hint="two", detail="its log")),
    }
    with pytest.raises(Refused) as caught:
        side_by_side(tasks, lambda _: None)
    assert caught.value.message == "a: no room\nb: broken"
    assert (caught.value.hint, caught.value.detail) == ("one; two", "its log")


def test_a_bug_stays_a_bug() -> None:
    with pytest.raises(ZeroDivisionError):
        side_by_side({"a": lambda: str(1 // 0), "b": lambda: failing(Refused("no"))}, lambda _: None)


def test_the_first_interrupt_is_passed_on_and_awaited() -> None:
    interrupted, done = threading.Event(), list[bool]()
    threading.Timer(0.2, _thread.interrupt_main).start()
    side_by_side({"a": lambda: interrupted.wait(10)}, done.append, interrupted)
    assert done == [True]


def test_the_second_interrupt_leaves_the_threads_behind() -> None:
    interrupted, never = threading.Event(), threading.Event()
    interrupted.set()
    threading.Timer(0.2, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        side_by_side({"a": lambda: never.wait(10)}, lambda _: None, interrupted)
    never.set()
