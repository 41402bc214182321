"""The life of one task in a worker: admitted, fetched, answered, settled.

The order at the end is what makes a lost worker harmless: the result is stored before the reply, and the
reply is sent before the acknowledgement.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from services import metrics
from services.core.errors import (
    CheckExpired,
    ImageLost,
    ModelFailed,
    ResultsUnavailable,
    ServiceError,
    StoreUnavailable,
)
from services.core.messages import MessageUnreadable, ModelInfo, Reply, Status, Task
from services.models import Outcome
from services.ports import Delivery, Ports

T = TypeVar("T")

log = structlog.get_logger(__name__)

RETRY_S = 0.5


@dataclass
class Job:
    """A task in this worker's hands."""

    delivery: Delivery
    task: Task
    taken_s: float
    images: dict[str, bytes] = field(default_factory=dict)
    timings_ms: dict[str, float] = field(default_factory=dict)


class Jobs:
    """The steps of a job. Each step that returns None has ended it."""

    def __init__(self, check: str, model: ModelInfo, ports: Ports, draining: Callable[[], bool]):
        self._check, self._model = check, model
        self._objects, self._results, self._clock = ports.objects, ports.results, ports.clock
        self._draining = draining

    async def admit(self, delivery: Delivery) -> Job | None:
        """Read the task; end it here when it is unreadable, late, or answered already."""
        try:
            task = Task.decode(delivery.body)
        except MessageUnreadable as error:
            log.error("unreadable task", check=self._check, reason=str(error))
            await delivery.dead_letter()
            self._count("unreadable")
            return None
        job = Job(delivery, task, self._clock.now(), timings_ms=dict(task.timings_ms))
        self._time(job, "queue", job.taken_s - task.published_at_s)
        metrics.queue_wait.labels(self._check).observe(max(0.0, job.taken_s - task.published_at_s))
        if delivery.redelivered and await self._answered_before(job):
            return None
        return job

    async def fetch(self, job: Job) -> Job | None:
        """Get the images; end the job when one is gone."""
        started_s = self._clock.now()
        keys = list(job.task.images.values())
        found = await self._patiently(job, lambda: self._objects.get(keys))
        self._time(job, "fetch", self._clock.now() - started_s)
        if len(found) < len(keys):
            await self.fail(job, ImageLost())
            return None
        job.images = {part: found[key] for part, key in job.task.images.items()}
        return job

    def late(self, job: Job) -> bool:
        """Whether nobody waits for it any more."""
        return job.task.expired(self._clock.now())

    async def conclude(self, job: Job, outcome: Outcome) -> None:
        """Settle the job with what the model said."""
        for stage, spent_ms in outcome.timings_ms.items():
            self._time(job, stage, spent_ms / 1000)
        if isinstance(outcome.said, ServiceError):
            await self.fail(job, outcome.said)
            return
        reply = Reply(
            id=job.task.id,
            check=job.task.check,
            status=Status.DONE,
            result=outcome.said.model_dump(mode="json"),
            model=self._model,
            timings_ms=self._total(job),
        )
        await self._settle(job, reply, "done")

    async def fail(self, job: Job, error: ServiceError) -> None:
        """Settle the job with an error."""
        reply = Reply.failed(job.task, error, self._total(job), self._model)
        outcome = "refused" if error.status < 500 else "error"
        await self._settle(job, reply, "expired" if isinstance(error, CheckExpired) else outcome)

    async def _settle(self, job: Job, reply: Reply, outcome: str) -> None:
        standing = await self._patiently(job, lambda: self._results.finish(reply))
        poison = reply.error is not None and reply.error["code"] == ModelFailed.code
        await self._close(job, standing, outcome, job.delivery.dead_letter if poison else job.delivery.ack)

    async def _answered_before(self, job: Job) -> bool:
        record = await self._patiently(job, lambda: self._results.get(job.task.id))
        if record is None or record.reply is None:
            return False
        await self._close(job, record.reply, "redelivered", job.delivery.ack)
        return True

    async def _close(self, job: Job, reply: Reply, outcome: str, end: Callable[[], Awaitable[None]]) -> None:
        await job.delivery.reply(reply)
        try:
            await self._objects.delete(list(job.task.images.values()))
        except StoreUnavailable:
            log.warning("images not deleted", check=self._check, id=job.task.id)
        await end()
        self._count(outcome)
        log.info(
            "task", check=self._check, id=job.task.id, outcome=outcome, ms=round(self._total(job)["total"])
        )

    async def _patiently(self, job: Job, work: Callable[[], Awaitable[T]]) -> T:
        """Ride out an outage of the store or the database for as long as somebody waits for the answer."""
        while True:
            try:
                return await work()
            except (StoreUnavailable, ResultsUnavailable):
                if self._draining() or self.late(job):
                    raise
                await self._clock.sleep(RETRY_S)

    def _time(self, job: Job, stage: str, seconds: float) -> None:
        spent_s = max(0.0, seconds)  # two machines' clocks may differ
        job.timings_ms[stage] = spent_s * 1000
        metrics.stage_duration.labels(self._check, stage).observe(spent_s)

    def _total(self, job: Job) -> dict[str, float]:
        return job.timings_ms | {"total": max(0.0, self._clock.now() - job.task.created_at_s) * 1000}

    def _count(self, outcome: str) -> None:
        metrics.tasks.labels(self._check, outcome).inc()
