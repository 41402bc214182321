"""Limits that one process keeps for itself."""

from __future__ import annotations

from dataclasses import replace

from services.core.limits import Pace, Quota, Turn, take_turn, turn_of
from services.ports import Clock

MOST_KEYS = 10_000
"""Above it, what stands for nothing any more is thrown out."""


class MemoryLimiter:
    """Everything is forgotten with the process."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self._arrivals_s: dict[str, float] = {}
        self._used: dict[str, tuple[int, float]] = {}
        """Of each quota: what is used, and until when that is believed."""

    async def take(self, pace: Pace, quota: Quota | None = None) -> Turn:
        """One call."""
        now_s, arrival_s = self._clock.now(), self._arrivals_s.get(pace.key, 0.0)
        used = self._count(quota, now_s) if quota else None
        if quota and used is None:
            return turn_of(max(arrival_s - now_s, 0.0), 0.0, pace)
        self._arrivals_s[pace.key], turn = take_turn(arrival_s, now_s, pace)
        self._prune(now_s)
        if quota and used is not None and used < quota.most and turn.wait_s == 0:
            self._used[quota.key] = used + 1, self._used[quota.key][1]
        return replace(turn, used=used)

    async def give_back(self, quota: Quota) -> None:
        """One less."""
        if found := self._used.get(quota.key):
            self._used[quota.key] = max(found[0] - 1, 0), found[1]

    async def count(self, quota: Quota, used: int, for_s: float) -> None:
        """Believe `used`, if nothing is believed."""
        now_s = self._clock.now()
        if self._count(quota, now_s) is None:
            self._used[quota.key] = used, now_s + for_s

    async def close(self) -> None:
        """Nothing to let go of."""

    def _count(self, quota: Quota, now_s: float) -> int | None:
        used, until_s = self._used.get(quota.key, (0, 0.0))
        return used if now_s < until_s else None

    def _prune(self, now_s: float) -> None:
        if len(self._arrivals_s) > MOST_KEYS:
            self._arrivals_s = {key: at for key, at in self._arrivals_s.items() if at > now_s}
        if len(self._used) > MOST_KEYS:
            self._used = {key: kept for key, kept in self._used.items() if kept[1] > now_s}
