"""The life of one task in a worker: admitted, fetched, answered, settled.

The order at the end is what makes a lost worker harmless: the result is stored before the reply, and the
reply is sent before the acknowledgement.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from structlog.contextvars import bind_contextvars

from services import metrics, tracing
from services.core.deletion_errors import CheckDeleted
from services.core.errors import (
    CheckExpired,
    ImageLost,
    ModelFailed,
    ResultsUnavailable,
    SealBroken,
    ServiceError,
    StoreUnavailable,
)
from services.core.messages import MessageUnreadable, Reply, Status, Task
from services.models import Check, Outcome
from services.ports import Delivery, Ports
from services.tracing import Lap, Trace
from services.verification import conclude, image_keys
from services.worker.drift import DriftWatch

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
    laps: list[Lap] = field(default_factory=list)

    @property
    def trace(self) -> Trace:
        """What it belongs to."""
        return tracing.read(self.delivery.traceparent)

    def bind(self) -> None:
        """All that is said from now on in this asyncio task is about the job."""
        bind_contextvars(id=self.task.id, tenant=self.task.tenant, trace=tracing.trace_id(self.trace))


class Jobs:
    """The steps of a job. Each step that returns None has ended it."""

    def __init__(self, check: Check, ports: Ports, draining: Callable[[], bool]):
        self._check, self._model = check.name, check.model
        self._drift = DriftWatch(check.name, check.features)
        self._broker, self._objects, self._results = ports.broker, ports.objects, ports.results
        self._clock = ports.clock
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
        job.bind()
        self._time(job, "queue", task.published_at_s, job.taken_s)
        metrics.queue_wait.labels(self._check).observe(max(0.0, job.taken_s - task.published_at_s))
        if delivery.redelivered and await self._answered_before(job):
            return None
        return job

    async def fetch(self, job: Job) -> Job | None:
        """Get the images; end the job when one is gone, damaged, or where it cannot be reached now."""
        started_s = self._clock.now()
        keys = list(job.task.images.values())
        try:
            found = await self._objects.get(keys)
        except StoreUnavailable:
            await self._postpone(job)
            return None
        except SealBroken as error:
            log.error("damaged image", check=self._check, cause=repr(error.__cause__))
            await self.fail(job, error)
            return None
        self._time(job, "fetch", started_s, self._clock.now())
        if len(found) < len(keys):
            await self.fail(job, ImageLost())
            return None
        job.images = {part: found[key] for part, key in job.task.images.items()}
        return job

    async def _postpone(self, job: Job) -> None:
        """Queue the task again, behind those whose images can be reached: an outage must not hold them up.

        Raises BrokerUnavailable, QueueFull.
        """
        await self._clock.sleep(RETRY_S)
        with tracing.within(job.trace):
            await self._broker.publish(job.task.model_copy(update={"published_at_s": self._clock.now()}))
        await job.delivery.ack()
        self._count("postponed")
        self._trace(job, "postponed")

    def late(self, job: Job) -> bool:
        """Whether nobody waits for it any more."""
        return job.task.expired(self._clock.now())

    def computed(self, jobs: Sequence[Job], outcomes: Sequence[Outcome], began_s: float) -> None:
        """Book what each job took of the model, which answers one after the other."""
        for job, outcome in zip(jobs, outcomes, strict=True):
            for stage, spent_ms in outcome.timings_ms.items():
                since_s, began_s = began_s, began_s + spent_ms / 1000
                self._time(job, stage, since_s, began_s)

    async def conclude(self, job: Job, outcome: Outcome) -> None:
        """Settle the job with what the model said."""
        job.bind()
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
        self._drift.note(reply.result)

    async def fail(self, job: Job, error: ServiceError) -> None:
        """Settle the job with an error."""
        job.bind()
        reply = Reply.failed(job.task, error, self._total(job), self._model)
        outcome = "refused" if error.status < 500 else "error"
        await self._settle(job, reply, "expired" if isinstance(error, CheckExpired) else outcome)

    async def _settle(self, job: Job, reply: Reply, outcome: str) -> None:
        began_s = self._clock.now()
        standing = await self._patiently(job, lambda: self._results.finish(reply))
        self._time(job, "finish", began_s, self._clock.now())
        if (standing.error or {}).get("code") == CheckDeleted.code:
            await self._close(job, standing, "deleted", job.delivery.ack)
            return
        poison = reply.error is not None and reply.error["code"] == ModelFailed.code
        await self._close(job, standing, outcome, job.delivery.dead_letter if poison else job.delivery.ack)

    async def _answered_before(self, job: Job) -> bool:
        record = await self._patiently(job, lambda: self._results.get(job.task.tenant, job.task.id))
        if record is None or record.reply is None:
            return False
        await self._close(job, record.reply, "redelivered", job.delivery.ack)
        return True

    async def _close(self, job: Job, reply: Reply, outcome: str, end: Callable[[], Awaitable[None]]) -> None:
        began_s = self._clock.now()
        await job.delivery.reply(reply)
        self._time(job, "reply", began_s, self._clock.now())
        await self._forget(job, await self._unneeded(job))
        await end()
        self._count(outcome)
        self._trace(job, outcome)
        log.info(
            "task",
            check=self._check,
            outcome=outcome,
            ms=round(self._total(job)["total"]),
        )

    async def _unneeded(self, job: Job) -> list[str]:
        """Images that no check needs any more. Those of a verification are the last one's to delete, who also
        says how the verification ended."""
        task = job.task
        if task.part_of is None:
            return list(task.images.values())
        verification, now_s = task.part_of, self._clock.now()
        reply = await self._patiently(job, lambda: conclude(self._results, task.tenant, verification, now_s))
        if reply is None:
            return []
        await job.delivery.reply(reply)
        return image_keys(task.tenant, verification)

    async def _forget(self, job: Job, keys: list[str]) -> None:
        try:
            await self._objects.delete(keys)
        except StoreUnavailable:
            log.warning("images not deleted", check=self._check)

    async def _patiently(self, job: Job, work: Callable[[], Awaitable[T]]) -> T:
        """Ride out an outage of the database for as long as somebody waits for the answer."""
        while True:
            try:
                return await work()
            except ResultsUnavailable:
                if self._draining() or self.late(job):
                    raise
                await self._clock.sleep(RETRY_S)

    def _trace(self, job: Job, outcome: str) -> None:
        whole = Lap(f"process {self._check}", job.taken_s, self._clock.now())
        about = {"check": self._check, "id": job.task.id, "tenant": job.task.tenant, "outcome": outcome}
        tracing.processed(job.trace, whole, job.laps, outcome == "error", **about)

    def _time(self, job: Job, stage: str, since_s: float, until_s: float) -> None:
        spent_s = max(0.0, until_s - since_s)  # two machines' clocks may differ
        job.laps.append(Lap(stage, until_s - spent_s, until_s))
        job.timings_ms[stage] = spent_s * 1000
        metrics.stage_duration.labels(self._check, stage).observe(spent_s)

    def _total(self, job: Job) -> dict[str, float]:
        return job.timings_ms | {"total": max(0.0, self._clock.now() - job.task.created_at_s) * 1000}

    def _count(self, outcome: str) -> None:
        metrics.tasks.labels(self._check, outcome).inc()
