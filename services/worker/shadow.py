"""Shadow mode: a candidate sees a share of the tasks after they were answered; its answers are only compared.

Set EKYC_SHADOW_MODEL to a module of the image that holds `CHECK`, like the files of `services/models`, and
EKYC_SHADOW_SHARE. `ekyc_shadow_total` says how often it agrees, `ekyc_shadow_score_difference` how far apart
the scores are. It gets what the worker has to spare: nothing while a task is in hand, one at a time, and its
process yields the CPU to the worker's. It needs memory for a second model.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import perf_counter
from typing import get_args

import structlog

from services import metrics
from services.core.errors import ServiceError
from services.core.shadow import Agreement, Seen, agreement, is_sampled, score_difference
from services.models import Check, Images, Outcome
from services.ports import Clock
from services.worker.understudy import Understudy

log = structlog.get_logger(__name__)

WITHIN_S = 30.0
"""For an answer, loading the model included."""
REST_S = 30.0
"""After a failure: loading it again and again would cost more than it tells."""

SKIPPED, FAILED = "skipped", "failed"


class Shadow:
    """One worker's candidate."""

    def __init__(
        self, check: Check, understudy: Understudy, share: float, clock: Clock, within_s: float = WITHIN_S
    ):
        self._check, self._truths = check.name, check.truths
        self._understudy, self._share, self._within_s = understudy, share, within_s
        self._clock, self._rests_until_s = clock, 0.0
        self._comparing: asyncio.Task[None] | None = None
        for agreed in (*get_args(Agreement), SKIPPED, FAILED):
            metrics.shadow.labels(check.name, agreed)  # from 0 on, or no increase would show the first one

    def offer(self, task_id: str, images: Images, outcome: Outcome, *, is_idle: bool) -> None:
        """Show it a task that was answered, if it is one of the share and there is time for it."""
        if not is_sampled(task_id, self._share) or (given := _seen(outcome)) is None:
            return
        is_busy = self._comparing is not None and not self._comparing.done()
        if not is_idle or is_busy or self._clock.now() < self._rests_until_s:
            self._count(SKIPPED)
            return
        self._comparing = asyncio.create_task(self._compare(images, given))

    async def close(self) -> None:
        """Wait for nothing."""
        if self._comparing is not None:
            self._comparing.cancel()
            with suppress(asyncio.CancelledError):
                await self._comparing
        await self._understudy.close()

    async def _compare(self, images: Images, given: Seen) -> None:
        started = perf_counter()
        try:
            async with asyncio.timeout(self._within_s):
                candidate = await self._understudy.ask(images)
            agreed = agreement(given, candidate, self._truths)
        except Exception as error:  # whatever a candidate does, it is the candidate's
            # The kind alone: what it said may be about a person.
            log.warning("candidate failed", check=self._check, cause=type(error).__name__)
            self._rests_until_s = self._clock.now() + REST_S
            self._count(FAILED)
            return
        metrics.shadow_duration.labels(self._check).observe(perf_counter() - started)
        self._count(agreed)
        difference = score_difference(given, candidate)
        if difference is not None:
            metrics.shadow_score_difference.labels(self._check).observe(difference)

    def _count(self, agreed: str) -> None:
        metrics.shadow.labels(self._check, agreed).inc()


def _seen(outcome: Outcome) -> Seen | None:
    """None: the model failed, there is nothing to compare with."""
    if not isinstance(outcome.said, ServiceError):
        return Seen(outcome.said.model_dump(mode="json"))
    return Seen(refusal=outcome.said.code) if outcome.said.status < 500 else None
