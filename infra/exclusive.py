"""One run at a time for work that two would spoil."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.progress import step


@contextmanager
def exclusive(target: Path) -> Iterator[None]:
    """Wait until no other run works on `target`, and keep them out meanwhile.

    The kernel lets go of the lock when its holder dies, so no lock is ever stale.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with target.with_name(f"{target.name}.lock").open("w") as held:
        if not _try_lock(held.fileno()):
            with step(f"another run is at {target.name}: wait for it") as watch:
                while not _try_lock(held.fileno()):
                    watch.tick()
                    watch.pause()
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
