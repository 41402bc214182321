"""Tenants and their keys, as the tests of the API need them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import httpx

from services.administration import Administration, NewTenant
from services.core.errors import FaceMissing, ServiceError
from services.core.messages import ModelInfo, Reply, Status, Task
from services.ports import Ports
from tests.unit.services.corpus import drawing, encoded
from tests.unit.services.rig import FakeClock

CHECK = "face-match"
PATH = f"/v1/{CHECK}"
IMAGE = encoded(drawing(), "PNG")
FILES = {"image_a": IMAGE, "image_b": IMAGE}
TOKEN = "an-operators-token"
ASYNC = {"Prefer": "respond-async"}


@dataclass
class Front:
    """The API as several tenants see it."""

    ports: Ports
    clock: FakeClock
    client: httpx.AsyncClient
    administration: Administration

    async def tenant(self, name: str, **terms: float | None) -> dict[str, str]:
        """A new tenant's header with its key."""
        await self.administration.create_tenant(NewTenant.model_validate({"name": name, **terms}))
        return bearer((await self.administration.create_key(name)).key)

    async def post(self, *headers: dict[str, str], image: bytes = IMAGE) -> httpx.Response:
        """Ask for a check."""
        together = {name: value for some in headers for name, value in some.items()}
        return await self.client.post(PATH, files=FILES | {"image_b": image}, headers=together)

    async def worked(self, error: ServiceError | None = None) -> Reply:
        """Do what a worker does with the next task: it is done, or ends with `error`."""
        consumer = await self.ports.broker.consume(CHECK, 1)
        delivery = await asyncio.wait_for(consumer.take(), 5)
        assert delivery is not None
        task = Task.decode(delivery.body)
        timings_ms = {"queue": 5.0, "detect": 100.0, "total": 120.0}
        reply = Reply.failed(task, error, timings_ms) if error else _done(task, timings_ms)
        await self.ports.results.finish(reply)
        await delivery.reply(reply)
        await delivery.ack()
        await consumer.stop()
        return reply

    async def waiting(self) -> int:
        """Tasks in the queue."""
        return (await self.ports.broker.load(CHECK)).waiting


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _done(task: Task, timings_ms: dict[str, float]) -> Reply:
    return Reply(
        id=task.id,
        check=CHECK,
        status=Status.DONE,
        result={"score": 1.0},
        model=ModelInfo(name="m", version="1"),
        timings_ms=timings_ms,
    )


NO_FACE = FaceMissing()
