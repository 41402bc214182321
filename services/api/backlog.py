"""Refuses at once what would be too late: what this process knows of the queue and of the work in it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace

from services.core.backlog import Load, retry_after_s, smoothed_s, too_long_s, wait_s
from services.core.errors import ServiceError, SystemBusy
from services.core.messages import Reply, Status
from services.ports import Broker, Clock

ASK_EVERY_S = 1.0
BELIEVE_FOR_S = 5.0
"""After a pause nothing is known, and the first request is let in."""
NOT_WORK = {"receive", "store", "queue", "fetch", "total"}
"""Stages of a reply in which no worker computes."""


@dataclass
class _Known:
    load: Load = field(default_factory=lambda: Load(0, 0))
    asked_s: float = float("-inf")
    heard_s: float = float("-inf")
    service_s: float | None = None
    """What one task takes of a worker's time; None until a reply told."""


class Backlog:
    """The queue of every check, as far as it is known."""

    def __init__(self, broker: Broker, clock: Clock, ttl_s: float):
        self._broker, self._clock, self._ttl_s = broker, clock, ttl_s
        self._checks: defaultdict[str, _Known] = defaultdict(_Known)
        self._asking: set[asyncio.Task[None]] = set()

    def heard(self, reply: Reply) -> None:
        """Learn from a reply what a task takes."""
        spent_s = sum(ms for stage, ms in reply.timings_ms.items() if stage not in NOT_WORK) / 1000
        if reply.status is Status.EXPIRED or not spent_s:
            return
        known = self._checks[reply.check]
        known.service_s = smoothed_s(known.service_s, spent_s)

    def published(self, check: str) -> None:
        """One more waits than was heard."""
        known = self._checks[check]
        known.load = replace(known.load, waiting=known.load.waiting + 1)

    def admit(self, check: str) -> None:
        """Let a new task in, or not. Raises SystemBusy: it would be too late."""
        over_s = self._over_s(check)
        if over_s is not None and over_s > 0:
            raise SystemBusy(
                f"{self._checks[check].load.waiting:,} checks wait already",
                retry_after_s=retry_after_s(over_s),
            )

    def retry_after_s(self, check: str) -> int | None:
        """When a queue that is full now is worth another try; None: nobody knows."""
        over_s = self._over_s(check)
        return None if over_s is None else retry_after_s(over_s)

    def _over_s(self, check: str) -> float | None:
        known, now_s = self._checks[check], self._clock.now()
        if now_s - known.asked_s >= ASK_EVERY_S:
            known.asked_s = now_s
            asking = asyncio.create_task(self._ask(check))
            self._asking.add(asking)
            asking.add_done_callback(self._asking.discard)
        if known.service_s is None or now_s - known.heard_s > BELIEVE_FOR_S:
            return None
        return too_long_s(wait_s(known.load, known.service_s), self._ttl_s)

    async def _ask(self, check: str) -> None:
        with suppress(ServiceError):  # publishing will say it
            load = await self._broker.load(check)
            known = self._checks[check]
            known.load, known.heard_s = load, self._clock.now()
