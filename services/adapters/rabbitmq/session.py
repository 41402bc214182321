"""One connection with all that hangs on it.

When any of it is lost the whole session is thrown away and made anew, so there is one way to recover, and a
publisher meets a missing session at once instead of waiting for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from pamqp.common import FieldTable
from yarl import URL

from services.core.conventions import (
    DEAD_EXCHANGE,
    DELIVERY_LIMIT,
    QUEUE_MAX_TASKS,
    dead_queue,
    task_queue,
)
from services.core.errors import BrokerUnavailable

TIMEOUT_S = 2.0
"""For one publish, or one step of connecting."""
HEARTBEAT_S = 10
"""A peer that vanished without a word is noticed within two of these."""

ACCEPTS_BELOW_RATIO = 0.8
"""A queue that was full takes tasks again once it is emptier than that (RabbitMQ's rabbit_fifo)."""

FAILURES = (*CONNECTION_EXCEPTIONS, TimeoutError)
"""What the library raises when a broker is away."""


class Session:
    """An open connection and its channels."""

    publishing: AbstractChannel
    """Confirmed: a publish returns once a majority of the brokers has the task."""
    replying: AbstractChannel
    reply_to: str = ""
    """Name of this process's own queue, which vanishes with the connection."""

    def __init__(self, connection: AbstractConnection, max_tasks: int):
        self._connection = connection
        self._max_tasks = max_tasks
        self._declared: set[str] = set()
        self.lost = asyncio.Event()
        """Set when the connection, a channel or a consumer has ended."""

    @classmethod
    async def connect(cls, url: URL, max_tasks: int) -> Session:
        """Raises one of FAILURES."""
        connection = await aio_pika.connect(url.update_query(heartbeat=HEARTBEAT_S), timeout=TIMEOUT_S)
        session = cls(connection, max_tasks)
        connection.close_callbacks.add(lambda *_: session.lost.set())
        try:
            session.publishing = await session.channel(confirms=True)
            session.replying = await session.channel()
        except BaseException:
            await session.close()
            raise
        return session

    async def close(self) -> None:
        """Disconnect, if there still is a connection."""
        with suppress(*FAILURES):
            async with asyncio.timeout(TIMEOUT_S):
                await self._connection.close()

    async def channel(self, *, confirms: bool = False) -> AbstractChannel:
        """A channel whose end, or whose consumer's end, means that the session is lost."""
        channel = await self._connection.channel(publisher_confirms=confirms, on_return_raises=confirms)
        channel.close_callbacks.add(lambda *_: self.lost.set())
        underlay = await channel.get_underlay_channel()
        underlay.on_consumer_cancel_callbacks.add(lambda _: self.lost.set())
        return channel

    async def listen(self, heard: Callable[[AbstractIncomingMessage], Awaitable[None]]) -> None:
        """Call `heard` with each reply."""
        queue = await self.replying.declare_queue(exclusive=True, auto_delete=True)
        await queue.consume(heard, no_ack=True)
        self.reply_to = queue.name

    async def task_queue(self, channel: AbstractChannel, check: str) -> AbstractQueue:
        """The queue of a check's tasks; declared once a session, with its dead letters."""
        name, dead = task_queue(check), dead_queue(check)
        if name not in self._declared:
            exchange = await channel.declare_exchange(DEAD_EXCHANGE, durable=True)
            limits: FieldTable = {"x-queue-type": "quorum", "x-max-length": QUEUE_MAX_TASKS}
            await (await channel.declare_queue(dead, durable=True, arguments=limits)).bind(exchange, dead)
            await channel.declare_queue(name, durable=True, arguments=self._arguments(dead))
            self._declared.add(name)
        return await channel.get_queue(name, ensure=False)

    async def is_full(self, check: str) -> bool:
        """Whether the queue refuses tasks because of their number. Raises one of FAILURES."""
        queue = await self.publishing.declare_queue(task_queue(check), passive=True)
        return (queue.declaration_result.message_count or 0) >= ACCEPTS_BELOW_RATIO * self._max_tasks

    def _arguments(self, dead: str) -> FieldTable:
        return {
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-max-length": self._max_tasks,
            "x-overflow": "reject-publish",
            "x-dead-letter-exchange": DEAD_EXCHANGE,
            "x-dead-letter-routing-key": dead,
            "x-dead-letter-strategy": "at-least-once",
        }


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Make BrokerUnavailable of the library's failures."""
    try:
        yield
    except FAILURES as error:
        raise BrokerUnavailable from error
