"""One run at a time for work that two would spoil."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from infra.progress import step


@contextmanager
def exclusive(target: Path) -> Iterator[None]:
    """Wait until no other run works on `target`, and keep them out meanwhile.

    The kernel lets go of the lock when its holder dies, so no lock is ever stale.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = target.with_name(f"{target.name}.lock")
    held = _acquire(path, target.name)
    try:
        _sign(held)
        yield
    finally:
        # While it is held: who waits for it sees that it is another file by then, and asks anew.
        path.unlink(missing_ok=True)
        held.close()


def _acquire(path: Path, name: str) -> IO[str]:
    held = path.open("a+")
    if _is_held(held, path):
        return held
    with step(f"another run is at {name}, wait for it: {_holder(path)}") as watch:
        while not _is_held(held, path):
            if not _is_same(held, path):
                held.close()
                held = path.open("a+")
                continue
            watch.tick()
            watch.pause()
    return held


def _is_held(held: IO[str], path: Path) -> bool:
    """Whether the lock is ours, and of the file that others would find."""
    try:
        fcntl.flock(held.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return _is_same(held, path)


def _is_same(held: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(held.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _sign(held: IO[str]) -> None:
    held.truncate(0)
    since = datetime.now().astimezone().strftime("%H:%M:%S")
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
    held.write(f"`{command}`, process {os.getpid()}, since {since}\n")
    held.flush()


def _holder(path: Path) -> str:
    try:
        return path.read_text().strip() or "it has just begun"
    except OSError:
        return "it has just ended"
