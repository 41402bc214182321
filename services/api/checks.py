"""What the API does with a check: take it in, wait for its answer, look it up."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from uuid import uuid4

import structlog

from services import metrics
from services.core.conventions import image_key
from services.core.errors import CheckExpired, CheckNotFound, ServiceError
from services.core.images import Limits, inspect
from services.core.messages import Record, Reply, Status, Task
from services.models import Check, find, names
from services.ports import Ports

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0
"""How often a waiting request looks into the results: the reply is lost when the broker goes away."""


class Checks:
    """The use cases of the API."""

    def __init__(self, ports: Ports, limits: Limits, ttl_s: float):
        self._broker, self._objects, self._results = ports.broker, ports.objects, ports.results
        self._clock = ports.clock
        self._limits = limits
        self._ttl_s = ttl_s
        self._waiting: dict[str, asyncio.Future[Reply]] = {}
        ports.broker.on_reply(self._heard)

    async def submit(self, check: Check, images: dict[str, bytes], arrived_s: float) -> Task:
        """Judge the images by their headers, store them and queue a task. `arrived_s` is Unix seconds.

        When it cannot be queued, nothing is left behind. Raises the errors of `inspect`, and
        ResultsUnavailable, StoreUnavailable, BrokerUnavailable, QueueFull.
        """
        received_s = self._clock.now()
        await self._inspect(images)
        task = self._task(check.name, images, arrived_s)
        await self._results.create(task)
        try:
            await self._objects.put({key: images[part] for part, key in task.images.items()})
            task = self._timed(task, received_s)
            self._waiting[task.id] = asyncio.get_running_loop().create_future()
            await self._broker.publish(task)
        except ServiceError as error:
            await self._withdraw(task, error)
            raise
        return task

    async def answer(self, task: Task, within_s: float) -> Reply | None:
        """Wait for the reply to a submitted task; None when it took longer."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        future = self._waiting[task.id]
        try:
            while (left := until - loop.time()) > 0:
                await asyncio.wait([future], timeout=min(left, LOOK_EVERY_S))
                if future.done():
                    return future.result()
                if reply := await self._look(task.id):
                    return reply
            return None
        finally:
            self._waiting.pop(task.id, None)

    async def get(self, task_id: str) -> Record:
        """Where a check stands. Raises CheckNotFound, ResultsUnavailable."""
        record = await self._results.get(task_id)
        if record is None:
            raise CheckNotFound
        if record.status is Status.PENDING and self._clock.now() >= record.deadline_s:
            # No worker came by to say so. Written down, so that a late one cannot say otherwise.
            reply = await self._results.finish(Reply.failed(record, CheckExpired()))
            record = record.model_copy(update={"status": reply.status, "reply": reply})
            await self._forget(_image_keys(record))
        return record

    async def _inspect(self, images: dict[str, bytes]) -> None:
        for part, data in images.items():
            try:
                # In a thread: a header can be made of ten megabytes of tiny segments.
                await asyncio.to_thread(inspect, data, self._limits)
            except ServiceError as error:
                error.image = part
                raise

    def _task(self, check: str, images: dict[str, bytes], arrived_s: float) -> Task:
        task_id = uuid4().hex
        return Task(
            id=task_id,
            check=check,
            images={part: image_key(check, task_id, part) for part in images},
            created_at_s=arrived_s,
            deadline_s=arrived_s + self._ttl_s,
        )

    def _timed(self, task: Task, received_s: float) -> Task:
        now_s = self._clock.now()
        spent_s = {"receive": received_s - task.created_at_s, "store": now_s - received_s}
        for stage, seconds in spent_s.items():
            metrics.stage_duration.labels(task.check, stage).observe(seconds)
        return task.model_copy(
            update={"timings_ms": {k: v * 1000 for k, v in spent_s.items()}, "published_at_s": now_s}
        )

    async def _withdraw(self, task: Task, error: ServiceError) -> None:
        self._waiting.pop(task.id, None)
        log.warning("not queued", id=task.id, code=error.code, cause=repr(error.__cause__))
        with suppress(ServiceError):
            await self._results.finish(Reply.failed(task, error))
        await self._forget(list(task.images.values()))

    async def _forget(self, keys: list[str]) -> None:
        try:
            await self._objects.delete(keys)
        except ServiceError as error:
            log.warning("images not deleted", keys=keys, cause=repr(error.__cause__))

    async def _look(self, task_id: str) -> Reply | None:
        with suppress(ServiceError):
            record = await self._results.get(task_id)
            return record.reply if record else None
        return None

    def _heard(self, reply: Reply) -> None:
        future = self._waiting.get(reply.id)
        if future and not future.done():
            future.set_result(reply)


def _image_keys(record: Record) -> list[str]:
    """Where a check's images are; nowhere when this version does not offer it any more."""
    parts = find(record.check).parts if record.check in names() else ()
    return [image_key(record.check, record.id, part) for part in parts]
