"""One process's work on one check."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from structlog.contextvars import bound_contextvars

from services import metrics
from services.core.errors import CheckExpired
from services.models import Outcome
from services.ports import Consumer, Delivery, Ports
from services.worker.jobs import Job, Jobs
from services.worker.predictor import Predictor
from services.worker.shadow import Shadow

T = TypeVar("T")

log = structlog.get_logger(__name__)

LOOPS = 2
"""While one batch computes, the next one's images are fetched."""


class NotConsuming(Exception):
    """The worker takes no tasks."""


@dataclass(frozen=True)
class Batching:
    """How tasks are put together."""

    size: int
    wait_s: float
    """How long the first task of a batch waits for company."""


class Worker:
    """Takes batches until it is drained."""

    def __init__(self, predictor: Predictor, ports: Ports, batching: Batching, shadow: Shadow | None = None):
        self._check = predictor.check.name
        self._predictor = predictor
        self._broker, self._clock = ports.broker, ports.clock
        self._batching = batching
        self._jobs = Jobs(predictor.check, ports, lambda: self._draining)
        self._consumer: Consumer | None = None
        self._draining = False
        self._shadow = shadow
        self._in_hand = 0
        self._taking = asyncio.Lock()
        self._computing = asyncio.Lock()

    async def run(self) -> None:
        """Work until `drain`; returns once all that was taken is settled or handed back.

        Raises BrokerUnavailable: when it cannot subscribe at first.
        """
        prefetch = LOOPS * self._batching.size
        self._consumer = await self._broker.consume(self._check, prefetch)
        if self._draining:
            await self._consumer.stop()
        log.info("consuming", check=self._check, prefetch=prefetch)
        try:
            await asyncio.gather(*(self._loop(self._consumer) for _ in range(LOOPS)))
        finally:
            if self._shadow:
                await self._shadow.close()
        log.info("drained", check=self._check)

    async def drain(self) -> None:
        """Take no more. May be called twice."""
        self._draining = True
        if self._consumer:
            await self._consumer.stop()

    async def ready(self) -> None:
        """Raises NotConsuming."""
        if self._consumer is None or self._draining:
            raise NotConsuming("draining" if self._draining else "not consuming yet")

    async def _loop(self, consumer: Consumer) -> None:
        while batch := await self._take(consumer):
            in_flight = metrics.tasks_in_flight.labels(self._check)
            in_flight.inc(len(batch))
            self._in_hand += len(batch)
            answered = await self._work(batch)
            self._in_hand -= len(batch)
            in_flight.dec(len(batch))
            self._show(answered)

    def _show(self, answered: list[tuple[Job, Outcome]]) -> None:
        """To the candidate, unless another task is in hand: one that waited would be."""
        if self._shadow is None:
            return
        for job, outcome in answered:
            self._shadow.offer(job.task.id, job.images, outcome, is_idle=not self._in_hand)

    async def _take(self, consumer: Consumer) -> list[Delivery]:
        """Take 1 to `size` tasks, no later than `wait_s` after the first; none once the consumer stopped."""
        async with self._taking:  # or the loops would take each other's company
            first = await consumer.take()
            if first is None:
                return []
            batch = [first]
            with suppress(TimeoutError):
                async with asyncio.timeout(self._batching.wait_s):
                    while len(batch) < self._batching.size and (delivery := await consumer.take()):
                        batch.append(delivery)
            return batch

    async def _work(self, batch: list[Delivery]) -> list[tuple[Job, Outcome]]:
        """What the model said of whom."""
        prepared = await asyncio.gather(*(self._guarded(one, self._prepare(one)) for one in batch))
        jobs = [job for job in prepared if job]
        async with self._computing:
            late = [job for job in jobs if self._jobs.late(job)]
            live = [job for job in jobs if job not in late]
            began_s = self._clock.now()
            with bound_contextvars(ids=[job.task.id for job in live]):
                outcomes = await self._predictor.predict([job.images for job in live])
        self._jobs.computed(live, outcomes, began_s)
        answered = list(zip(live, outcomes, strict=True))
        await asyncio.gather(
            *(self._guarded(job.delivery, self._jobs.fail(job, CheckExpired())) for job in late),
            *(self._guarded(job.delivery, self._jobs.conclude(job, outcome)) for job, outcome in answered),
        )
        return answered

    async def _prepare(self, delivery: Delivery) -> Job | None:
        job = await self._jobs.admit(delivery)
        if job is None or self._jobs.late(job):
            return job
        return await self._jobs.fetch(job)

    async def _guarded(self, delivery: Delivery, step: Coroutine[Any, Any, T]) -> T | None:
        """Hand the task back when a step of it fails; the others go on."""
        try:
            return await step
        except Exception:  # an outage that outlasted the deadline, or a bug: another worker may do better
            log.exception("handed back", check=self._check)
            metrics.tasks.labels(self._check, "handed-back").inc()
            await delivery.hand_back()
            return None
