"""A worker in the test's event loop, a model that does as it is told, and a clock that is set by hand."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from uuid import uuid4

from pydantic import BaseModel

from services.adapters.memory import MemoryBroker
from services.core.conventions import image_key
from services.core.errors import FaceMissing
from services.core.images import Limits
from services.core.messages import ModelInfo, Reply, Task
from services.core.tenants import LOCAL_ID
from services.models import Check, Images, Outcome
from services.ports import Ports
from services.worker.predictor import Predictor
from services.worker.shadow import Shadow
from services.worker.worker import Batching, Worker

CHECK = "stub"
START_S = 1_000_000.0
TTL_S = 60.0


class FakeClock:
    """Passes only while somebody sleeps, or by hand."""

    def __init__(self) -> None:
        self.now_s = START_S

    def now(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        await asyncio.sleep(0)


class StubResult(BaseModel):
    """Says which image it saw."""

    seen: str


@dataclass
class StubModel:
    """Raises on `poison`, finds no face in `empty`, computes only while `free` is set."""

    batches: list[list[str]] = field(default_factory=list)
    free: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.free.set()

    def warm_up(self) -> None:
        """Always warm."""

    def predict(self, batch: Sequence[Images]) -> list[Outcome]:
        seen = [images["image"].decode() for images in batch]
        self.batches.append(seen)
        assert self.free.wait(10)
        if "poison" in seen:
            raise RuntimeError("poison")
        return [Outcome(FaceMissing() if one == "empty" else StubResult(seen=one)) for one in seen]


def stub_check(model: StubModel) -> Check:
    info = ModelInfo(name="stub", version="1")
    return Check(
        name=CHECK,
        summary="A pretended check",
        parts=("image",),
        result=StubResult,
        model=info,
        load=lambda _threads, _limits: model,
    )


@dataclass
class Rig:
    """What the tests of the worker hold on to."""

    ports: Ports
    broker: MemoryBroker
    worker: Worker
    running: asyncio.Task[None]
    replies: dict[str, Reply] = field(default_factory=dict)

    @classmethod
    async def start(
        cls, ports: Ports, check: Check, batching: Batching | None = None, shadow: Shadow | None = None
    ) -> Rig:
        assert isinstance(ports.broker, MemoryBroker)
        predictor = Predictor(check)
        await predictor.warm(1, Limits())
        worker = Worker(predictor, ports, batching or Batching(size=4, wait_s=0.01), shadow)
        rig = cls(ports, ports.broker, worker, asyncio.create_task(worker.run()))
        ports.broker.on_reply(lambda reply: rig.replies.update({reply.id: reply}))
        return rig

    async def send(self, *images: str) -> list[str]:
        """Queue a task for each image; returns their ids."""
        tasks = [await queued(self.ports, image) for image in images]
        return [task.id for task in tasks]

    async def reply(self, task_id: str) -> Reply:
        """Wait for the reply to a task."""
        await until(lambda: task_id in self.replies)
        return self.replies[task_id]

    async def drain(self) -> None:
        await self.worker.drain()
        await asyncio.wait_for(self.running, 10)

    async def left(self) -> list[str]:
        """Ids of the tasks that wait in the queue; they are handed back."""
        consumer = await self.broker.consume(CHECK, prefetch=99)
        found: list[str] = []
        while True:
            try:
                delivery = await asyncio.wait_for(consumer.take(), 0.05)
            except TimeoutError:
                return found
            assert delivery is not None
            found.append(Task.decode(delivery.body).id)


async def until(condition: Callable[[], bool], within_s: float = 5) -> None:
    """Wait for what another task or thread will make true."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110  # what is waited for knows nothing of events
            await asyncio.sleep(0.005)


async def queued(ports: Ports, image: str, ttl_s: float = TTL_S) -> Task:
    """Do what the API does with an image."""
    task_id = uuid4().hex
    key = image_key(LOCAL_ID, CHECK, task_id, "image")
    now_s = ports.clock.now()
    task = Task(
        id=task_id, check=CHECK, images={"image": key}, created_at_s=now_s, deadline_s=now_s + ttl_s,
        published_at_s=now_s,
    )  # fmt: skip
    await ports.results.create(task)
    await ports.objects.put({key: image.encode()})
    await ports.broker.publish(task)
    return task


def with_clock(ports: Ports) -> tuple[Ports, FakeClock]:
    """The same ports under a clock set by hand."""
    clock = FakeClock()
    return replace(ports, clock=clock), clock
