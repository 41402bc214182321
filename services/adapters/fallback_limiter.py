"""A limiter that does not fail: while the shared one is away, each process limits for itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from services import metrics
from services.core.limits import Pace, Quota, Turn
from services.ports import Clock, Limiter, LimiterUnavailable

T = TypeVar("T")

log = structlog.get_logger(__name__)

RETRY_S = 1.0
"""How often the shared one is tried while it is away: only that call pays for its timeout."""


class FallbackLimiter:
    """`shared`, or `own` while that is away: a tenant may then use its whole rate in each process."""

    def __init__(self, shared: Limiter, own: Limiter, clock: Clock):
        self._shared, self._own, self._clock = shared, own, clock
        self._away = False
        self._ask_again_s = 0.0
        metrics.limiter_fallback.set(0)

    async def take(self, pace: Pace, quota: Quota | None = None) -> Turn:
        """One call."""
        return await self._ask(lambda limiter: limiter.take(pace, quota))

    async def give_back(self, quota: Quota) -> None:
        """One less."""
        await self._ask(lambda limiter: limiter.give_back(quota))

    async def count(self, quota: Quota, used: int, for_s: float) -> None:
        """Believe `used`, if nothing is believed."""
        await self._ask(lambda limiter: limiter.count(quota, used, for_s))

    async def close(self) -> None:
        """Close both."""
        await self._shared.close()
        await self._own.close()

    async def _ask(self, question: Callable[[Limiter], Awaitable[T]]) -> T:
        now_s = self._clock.now()
        if not self._away or now_s >= self._ask_again_s:
            self._ask_again_s = now_s + RETRY_S  # before it is asked: others shall not wait as well
            try:
                answer = await question(self._shared)
            except LimiterUnavailable as error:
                self._turn_away(repr(error.__cause__))
            else:
                self._come_back()
                return answer
        return await question(self._own)

    def _turn_away(self, cause: str) -> None:
        if not self._away:
            log.warning("limits are kept by this process alone", cause=cause)
        self._away = True
        metrics.limiter_fallback.set(1)

    def _come_back(self) -> None:
        if self._away:
            log.warning("limits are shared again")
            self._away = False
            metrics.limiter_fallback.set(0)
