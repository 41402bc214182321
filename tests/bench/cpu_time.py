"""Whose CPU time a spell of load took: on a busy machine this says more than the clock on the wall."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

NAMES = {"services api": "API", "services worker": "workers", "tests.bench.raw_model": "model"}
ENGINES = {"beam.smp": "RabbitMQ", "postgres": "PostgreSQL", "versitygw": "S3 store"}


@contextmanager
def spent_s() -> Iterator[Counter[str]]:
    """Seconds by kind of process, those of this bench and all its children; filled in after the block."""
    before, spent = _by_kind(), Counter[str]()
    yield spent
    spent.update(_by_kind() - before)


def _by_kind() -> Counter[str]:
    found = Counter[str]()
    me = psutil.Process()
    for process in (me, *me.children(recursive=True)):
        with suppress(psutil.Error):
            times = process.cpu_times()
            found[_kind(process)] += times.user + times.system
    return found


def _kind(process: psutil.Process) -> str:
    words = " ".join(process.cmdline())
    known = [kind for part, kind in NAMES.items() if f"-m {part}" in words]
    known += [kind for name, kind in ENGINES.items() if name == process.name()]
    return "client" if process.pid == os.getpid() else known[0] if known else "others"
