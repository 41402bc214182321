"""Work that waits on others most of its time, done at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeVar

from sre_cli.errors import SreError

T = TypeVar("T")


def side_by_side(
    tasks: Mapping[str, Callable[[], T]],
    done: Callable[[T], None],
    interrupted: threading.Event | None = None,
) -> None:
    """Run every task in a thread of its own; `done` is called with each result as it comes, one at a time.

    All are awaited, also when one fails. Raises the SreError of the first that failed, with what the
    others say beside it. An interrupt sets `interrupted` and the tasks are awaited still, for they may tidy
    up; another one, or one without that event, leaves the threads behind: they keep no process alive.
    """
    failures: dict[str, BaseException] = {}
    ended: list[str] = []
    lock, news = threading.Lock(), SimpleQueue[None]()

    def work(name: str, task: Callable[[], T]) -> None:
        try:
            result = task()
            with lock:
                done(result)
        except BaseException as error:  # raised again below, in the thread that asked
            failures[name] = error
        ended.append(name)
        news.put(None)

    for name, task in tasks.items():
        threading.Thread(target=work, args=(name, task), name=name, daemon=True).start()
    # Not by joining them: a join that an interrupt ends takes its thread for ended (in Python 3.11).
    while len(ended) < len(tasks):
        try:
            with suppress(Empty):
                news.get(timeout=0.2)
        except KeyboardInterrupt:
            if interrupted is None or interrupted.is_set():
                raise
            interrupted.set()
    _raise_first([failures[name] for name in tasks if name in failures])


def _raise_first(failures: list[BaseException]) -> None:
    told = [error for error in failures if isinstance(error, SreError)]
    bugs = [error for error in failures if error not in told]
    if bugs:
        raise bugs[0]
    if len(told) == 1:
        raise told[0]
    if told:
        raise type(told[0])(
            "\n".join(error.message for error in told),
            hint="; ".join(dict.fromkeys(error.hint for error in told if error.hint)),
            detail="\n".join(error.detail for error in told if error.detail),
        )
