"""Where the time of one task goes."""

from __future__ import annotations

from time import perf_counter


class Stopwatch:
    """Adds up the time between laps, by stage."""

    def __init__(self) -> None:
        self.spent_ms: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, stage: str) -> None:
        """Book the time since the last lap, or since the start, on `stage`."""
        now = perf_counter()
        self.spent_ms[stage] = self.spent_ms.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now
