"""The loss of the machine that Pulumi runs on, in the middle of an `up`."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.stacks.aws.moto_provider.backend import MotoBackend
from tests.stacks.provider import Properties

DEADLINE_S = 20.0


class LosingBackend(MotoBackend):
    """Kills the engine once so many resources are made, and does nothing more for it."""

    def __init__(self, region: str, state: Path):
        super().__init__(region)
        self._state = state
        self._made = 0
        self.lost_after: int | None = None
        """None: never."""

    def create(self, kind: str, name: str, inputs: Properties) -> tuple[str, Properties]:
        """Make it, or kill the engine."""
        with self._lock:
            if self._made == self.lost_after:
                # What AWS made and Pulumi had no time to write down nobody could find again.
                _until(lambda: self._written() >= self._made)
                kill_engines()
                raise ConnectionError("the machine is gone")
            made = super().create(kind, name, inputs)
            self._made += 1
            return made

    def _written(self) -> int:
        resources = json.loads(self._state.read_text())["checkpoint"]["latest"]["resources"]
        return sum(one["type"].startswith("aws:") and "id" in one for one in resources)


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError("the engine does not write its state down")
        time.sleep(0.1)


def kill_engines() -> None:
    """SIGKILL to every Pulumi that this process started, and to what those started."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = stat.read_text().split(" (", 1)[1].rsplit(") ", 1)
        except OSError:
            continue
        if name == "pulumi" and int(rest.split()[1]) == os.getpid():
            os.killpg(int(stat.parent.name), signal.SIGKILL)
