"""What the API does with a check: take it in, wait for its answer, look it up."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

import structlog
from structlog.contextvars import bind_contextvars

from services import metrics, tracing
from services.api.backlog import Backlog
from services.core.conventions import image_key
from services.core.deletion_errors import CheckDeleted
from services.core.errors import CheckExpired, CheckNotFound, IdempotencyKeyReused, QueueFull, ServiceError
from services.core.idempotency import KEPT_S, Claim, request_hash
from services.core.images import Limits, inspect
from services.core.messages import Record, Reply, Status, Task
from services.core.verification_parts import PARTS, tasks_of
from services.erasure import image_keys
from services.models import Offer
from services.ports import Ports
from services.tracing import Lap
from services.verification import VERIFICATION, conclude

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0
"""How often a waiting request looks into the results: the reply is lost when the broker goes away."""


@dataclass(frozen=True)
class Order:
    """A check that somebody asks for."""

    tenant_id: str
    check: Offer
    images: dict[str, bytes]
    arrived_s: float
    """Unix seconds."""
    idempotency_key: str | None = None
    refusal: ServiceError | None = None
    """Why no new check may be made; one that the key stands for may be told of."""


@dataclass(frozen=True)
class Accepted:
    """A check that was made, now or when the same request came before."""

    id: str
    is_replay: bool = False
    reply: Reply | None = None
    """Of a replay, where there is one already."""


class Checks:
    """The use cases of the API."""

    def __init__(self, ports: Ports, limits: Limits, ttl_s: float):
        self._broker, self._objects, self._results = ports.broker, ports.objects, ports.results
        self._deletions, self._clock = ports.deletions, ports.clock
        self._limits = limits
        self._ttl_s = ttl_s
        self._backlog = Backlog(ports.broker, ports.clock, ttl_s)
        self._waiting: dict[str, asyncio.Future[Reply]] = {}
        ports.broker.on_reply(self._heard)

    def admit(self, check: Offer) -> None:
        """Whether a new check would be done in time. Raises SystemBusy."""
        for name in PARTS if check is VERIFICATION else (check.name,):
            self._backlog.admit(name)

    async def submit(self, order: Order) -> Accepted:
        """Judge the images by their headers, store them and queue a task, unless it was done before.

        When it cannot be queued, nothing is left behind. Raises the errors of `inspect` and the order's own
        refusal, IdempotencyKeyReused, SystemBusy, ResultsUnavailable, StoreUnavailable, BrokerUnavailable,
        QueueFull.
        """
        received_s = self._clock.now()
        claim = await _claim(order)
        if claim and (before := await self._before(order, claim)):
            return before
        if order.refusal:
            raise order.refusal
        self.admit(order.check)
        await self._inspect(order.images)
        task = self._task(order)
        if not await self._results.create(task, claim):
            return await self.submit(order)  # the same request came twice at once; the other was quicker
        await self._queue(task, order.images, received_s)
        return Accepted(task.id)

    async def answer(self, tenant_id: str, accepted: Accepted, within_s: float) -> Reply | None:
        """Wait for the reply to a submitted check; None when it took longer."""
        if accepted.reply:
            return accepted.reply
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        # Of a check that another process queued, or an earlier request, the results alone tell.
        future = self._waiting.get(accepted.id) or loop.create_future()
        try:
            with tracing.part("wait"):
                while (left := until - loop.time()) > 0:
                    await asyncio.wait([future], timeout=min(left, LOOK_EVERY_S))
                    if future.done():
                        return future.result()
                    if reply := await self._look(tenant_id, accepted.id):
                        return reply
            return None
        finally:
            if not accepted.is_replay:
                self._waiting.pop(accepted.id, None)

    async def get(self, tenant_id: str, check_id: str) -> Record:
        """Where a check of the tenant stands. Raises CheckNotFound, CheckDeleted, ResultsUnavailable."""
        record = await self._results.get(tenant_id, check_id)
        if record is None:
            raise CheckDeleted if await self._deletions.find(tenant_id, check_id) else CheckNotFound
        reply = await self._overdue(record) if record.status is Status.PENDING else None
        if reply:
            record = record.model_copy(update={"status": reply.status, "reply": reply})
            await self._forget(image_keys(record))
        return record

    async def _overdue(self, record: Record) -> Reply | None:
        """The final word, when nobody came by to say it. Written down: a late one cannot say otherwise."""
        now_s = self._clock.now()
        if record.check == VERIFICATION.name:
            reply = await conclude(self._results, record.tenant, record.id, now_s)
            if reply:
                return reply
        if now_s < record.deadline_s:
            return None
        return await self._results.finish(Reply.failed(record, CheckExpired()))

    async def _before(self, order: Order, claim: Claim) -> Accepted | None:
        found = await self._results.claimed(order.tenant_id, claim.key, self._clock.now() - KEPT_S)
        if found is None:
            return None
        record, first_hash = found
        if first_hash != claim.request_hash:
            raise IdempotencyKeyReused
        if record.status is Status.PENDING and self._clock.now() >= record.deadline_s:
            await self.get(order.tenant_id, record.id)  # it expired, and lets go of its key
            return None
        return Accepted(record.id, is_replay=True, reply=record.reply)

    async def _inspect(self, images: dict[str, bytes]) -> None:
        # In a thread: a header can be made of ten megabytes of tiny segments.
        await asyncio.to_thread(_inspect_all, images, self._limits)

    def _task(self, order: Order) -> Task:
        task_id, check, tenant = uuid4().hex, order.check.name, order.tenant_id
        bind_contextvars(id=task_id)
        return Task(
            id=task_id,
            tenant=tenant,
            check=check,
            images={part: image_key(tenant, check, task_id, part) for part in order.images},
            created_at_s=order.arrived_s,
            deadline_s=order.arrived_s + self._ttl_s,
        )

    async def _queue(self, task: Task, images: dict[str, bytes], received_s: float) -> None:
        try:
            await self._objects.put({key: images[part] for part, key in task.images.items()})
            task = self._timed(task, received_s)
            self._waiting[task.id] = asyncio.get_running_loop().create_future()
            if task.check == VERIFICATION.name:
                await self._queue_parts(tasks_of(task))
            else:
                await self._publish(task)
        except ServiceError as error:
            await self._withdraw(task, error)
            raise

    async def _queue_parts(self, parts: list[Task]) -> None:
        """All are written down before the first may end: the last to end decides."""
        for part in parts:
            await self._results.create(part)
        try:
            for part in parts:
                await self._publish(part)
        except ServiceError as error:
            for part in parts:
                with suppress(ServiceError):
                    await self._results.finish(Reply.failed(part, error))
            raise

    async def _publish(self, task: Task) -> None:
        try:
            with tracing.part("publish", sends=True, check=task.check, id=task.id):
                await self._broker.publish(task)
        except QueueFull as error:
            error.retry_after_s = self._backlog.retry_after_s(task.check) or error.retry_after_s
            raise
        self._backlog.published(task.check)

    def _timed(self, task: Task, received_s: float) -> Task:
        now_s = self._clock.now()
        spent_s = {"receive": received_s - task.created_at_s, "store": now_s - received_s}
        times_s = (task.created_at_s, received_s, now_s)
        tracing.passed([Lap(*lap) for lap in zip(spent_s, times_s, times_s[1:], strict=False)])
        for stage, seconds in spent_s.items():
            metrics.stage_duration.labels(task.check, stage).observe(seconds)
        return task.model_copy(
            update={"timings_ms": {k: v * 1000 for k, v in spent_s.items()}, "published_at_s": now_s}
        )

    async def _withdraw(self, task: Task, error: ServiceError) -> None:
        self._waiting.pop(task.id, None)
        log.warning("not queued", code=error.code, cause=repr(error.__cause__))
        with suppress(ServiceError):
            await self._results.finish(Reply.failed(task, error))
        await self._forget(list(task.images.values()))

    async def _forget(self, keys: list[str]) -> None:
        try:
            await self._objects.delete(keys)
        except ServiceError as error:
            log.warning("images not deleted", keys=keys, cause=repr(error.__cause__))

    async def _look(self, tenant_id: str, check_id: str) -> Reply | None:
        with suppress(ServiceError):
            record = await self._results.get(tenant_id, check_id)
            return record.reply if record else None
        return None

    def _heard(self, reply: Reply) -> None:
        self._backlog.heard(reply)
        future = self._waiting.get(reply.id)
        if future and not future.done():
            future.set_result(reply)


def _inspect_all(images: dict[str, bytes], limits: Limits) -> None:
    for part, data in images.items():
        try:
            inspect(data, limits)
        except ServiceError as error:
            error.image = part
            raise


async def _claim(order: Order) -> Claim | None:
    if order.idempotency_key is None:
        return None
    # In a thread: twenty megabytes take a while.
    digest = await asyncio.to_thread(request_hash, order.check.name, order.images)
    return Claim(order.idempotency_key, digest)
