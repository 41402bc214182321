"""A broker inside one process, with the promises of the real one: bounded, confirmed, acknowledged,
handed back, dead-lettered after too many deliveries."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from services import tracing
from services.core.backlog import Load
from services.core.conventions import DELIVERY_LIMIT, QUEUE_MAX_TASKS
from services.core.errors import QueueFull
from services.core.messages import Reply, Task


class MemoryBroker:
    """Queues by check; everything is lost with the process."""

    def __init__(self, max_tasks: int = QUEUE_MAX_TASKS) -> None:
        self._max_tasks = max_tasks
        self._queues: defaultdict[str, _Queue] = defaultdict(_Queue)
        self._listeners: list[Callable[[Reply], None]] = []

    async def open(self) -> None:
        """Nothing to connect to."""

    async def ready(self) -> None:
        """Always."""

    async def close(self) -> None:
        """Nothing to let go of."""

    async def publish(self, task: Task) -> None:
        """Put the task at the end of its queue. Raises QueueFull."""
        queue = self._queues[task.check]
        if len(queue.waiting) >= self._max_tasks:
            raise QueueFull
        await queue.put(_Message(task.encode(), tracing.carried()))

    def on_reply(self, listener: Callable[[Reply], None]) -> None:
        """Call `listener` with each reply."""
        self._listeners.append(listener)

    async def consume(self, check: str, prefetch: int) -> MemoryConsumer:
        """Subscribe."""
        return MemoryConsumer(self._queues[check], prefetch, self._reply)

    async def load(self, check: str) -> Load:
        """Count."""
        queue = self._queues[check]
        return Load(len(queue.waiting), queue.consumers)

    def dead(self, check: str) -> list[bytes]:
        """What ended in the dead-letter queue."""
        return [message.body for message in self._queues[check].dead]

    def _reply(self, reply: Reply) -> None:
        for listener in self._listeners:
            listener(reply)


@dataclass
class _Message:
    body: bytes
    traceparent: str | None
    handed_back: int = 0


class _Queue:
    def __init__(self) -> None:
        self.waiting: deque[_Message] = deque()
        self.dead: deque[_Message] = deque(maxlen=QUEUE_MAX_TASKS)
        self.changed = asyncio.Condition()
        self.consumers = 0

    async def put(self, message: _Message) -> None:
        async with self.changed:
            self.waiting.append(message)
            self.changed.notify_all()

    def put_back(self, message: _Message) -> None:
        message.handed_back += 1
        if message.handed_back > DELIVERY_LIMIT:
            self.dead.append(message)
        else:
            self.waiting.appendleft(message)


class MemoryConsumer:
    """One worker's subscription. A task is handed out when it is taken, so nothing waits here."""

    def __init__(self, queue: _Queue, prefetch: int, reply: Callable[[Reply], None]):
        self._queue = queue
        self._queue.consumers += 1
        self._free = prefetch
        self._stopped = False
        self.send_reply = reply

    async def take(self) -> MemoryDelivery | None:
        """Wait for the next task; None once stopped."""
        async with self._queue.changed:
            await self._queue.changed.wait_for(self._can_return)
            if self._stopped:
                return None
            self._free -= 1
            return MemoryDelivery(self, self._queue.waiting.popleft())

    def _can_return(self) -> bool:
        return self._stopped or (self._free > 0 and bool(self._queue.waiting))

    async def stop(self) -> None:
        """Take no more."""
        async with self._queue.changed:
            self._queue.consumers -= not self._stopped
            self._stopped = True
            self._queue.changed.notify_all()

    async def end(self, message: _Message, put: Callable[[_Message], None] | None) -> None:
        """A delivery ended: make room for the next."""
        async with self._queue.changed:
            self._free += 1
            if put:
                put(message)
            self._queue.changed.notify_all()

    @property
    def queue(self) -> _Queue:
        """Where the tasks come from."""
        return self._queue


class MemoryDelivery:
    """One task in a worker's hands."""

    def __init__(self, consumer: MemoryConsumer, message: _Message):
        self._consumer = consumer
        self._message = message

    @property
    def body(self) -> bytes:
        """The encoded Task."""
        return self._message.body

    @property
    def redelivered(self) -> bool:
        """Whether somebody handed it back before."""
        return self._message.handed_back > 0

    @property
    def traceparent(self) -> str | None:
        """The span that published it."""
        return self._message.traceparent

    async def reply(self, reply: Reply) -> None:
        """Call the listeners."""
        self._consumer.send_reply(reply)

    async def ack(self) -> None:
        """Forget the task."""
        await self._consumer.end(self._message, None)

    async def hand_back(self) -> None:
        """To the front of the queue, or to the dead letters after too many times."""
        await self._consumer.end(self._message, self._consumer.queue.put_back)

    async def dead_letter(self) -> None:
        """Keep it aside."""
        await self._consumer.end(self._message, self._consumer.queue.dead.append)
