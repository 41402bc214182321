"""The broker as a process sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import aio_pika
import structlog
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import DeliveryError
from pamqp.commands import Basic
from yarl import URL

from services.adapters.rabbitmq.consumer import RabbitConsumer
from services.adapters.rabbitmq.session import FAILURES, TIMEOUT_S, Session, translated
from services.core.conventions import QUEUE_MAX_TASKS, task_queue
from services.core.errors import BrokerUnavailable, QueueFull
from services.core.messages import MessageUnreadable, Reply, Task

log = structlog.get_logger(__name__)

RECONNECT_S = 1.0


class RabbitBroker:
    """Reconnects by itself once it was open."""

    def __init__(self, url: str, *, max_tasks: int = QUEUE_MAX_TASKS):
        """`url` is amqp://user:password@host:port/vhost. Raises ValueError: for another."""
        self._url = URL(url)
        if self._url.scheme not in {"amqp", "amqps"} or not self._url.host:
            raise ValueError("must be amqp://user:password@host:port/vhost")
        self._max_tasks = max_tasks
        self._session: Session | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._consumers: list[RabbitConsumer] = []
        self._listeners: list[Callable[[Reply], None]] = []

    async def open(self) -> None:
        """Connect. Raises BrokerUnavailable."""
        self._session = await self._connect()
        self._keeper = asyncio.create_task(self._keep())

    async def ready(self) -> None:
        """Raises BrokerUnavailable."""
        self._connected()

    async def close(self) -> None:
        """Disconnect; what is not acknowledged goes back to the queue."""
        if self._keeper:
            self._keeper.cancel()
        session, self._session = self._session, None
        if session:
            await session.close()

    async def publish(self, task: Task) -> None:
        """Return once the queue has the task. Raises QueueFull, BrokerUnavailable."""
        session = self._connected()
        message = aio_pika.Message(
            task.encode(),
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=task.id,
            reply_to=session.reply_to or None,
        )
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await session.task_queue(session.publishing, task.check)
                exchange = session.publishing.default_exchange
                await exchange.publish(message, task_queue(task.check), mandatory=True)
        except DeliveryError as error:
            cause = QueueFull if isinstance(error.frame, Basic.Nack) else BrokerUnavailable
            raise cause from error
        except FAILURES as error:
            raise BrokerUnavailable from error

    def on_reply(self, listener: Callable[[Reply], None]) -> None:
        """Call `listener` with each reply."""
        self._listeners.append(listener)

    async def consume(self, check: str, prefetch: int) -> RabbitConsumer:
        """Subscribe, now and after each reconnection."""
        consumer = RabbitConsumer(check, prefetch, self._send_reply, self._consumers.remove)
        self._consumers.append(consumer)
        if session := self._session:
            try:
                await consumer.subscribe(session)
            except FAILURES:
                session.lost.set()  # the next session subscribes it
        return consumer

    async def _send_reply(self, queue: str, reply: Reply) -> None:
        """Best effort: whoever asked may be gone, or the connection."""
        message = aio_pika.Message(reply.encode(), content_type="application/json", message_id=reply.id)
        with suppress(*FAILURES, BrokerUnavailable):
            async with asyncio.timeout(TIMEOUT_S):
                exchange = self._connected().replying.default_exchange
                await exchange.publish(message, queue, mandatory=False)

    def _connected(self) -> Session:
        if self._session is None:
            raise BrokerUnavailable("not connected to the queue")
        return self._session

    async def _keep(self) -> None:
        while True:
            if self._session:
                await self._session.lost.wait()
                log.warning("broker connection lost")
                session, self._session = self._session, None
                await session.close()
            try:
                self._session = await self._connect()
                log.warning("broker connection back")
            except BrokerUnavailable as error:
                log.info("broker still away", cause=repr(error.__cause__))
                await asyncio.sleep(RECONNECT_S)

    async def _connect(self) -> Session:
        async with translated():
            session = await Session.connect(self._url, self._max_tasks)
            try:
                if self._listeners:
                    await session.listen(self._heard)
                for consumer in self._consumers:
                    await consumer.subscribe(session)
            except BaseException:
                await session.close()
                raise
            return session

    async def _heard(self, message: AbstractIncomingMessage) -> None:
        try:
            reply = Reply.decode(message.body)
        except MessageUnreadable as error:
            log.error("unreadable reply", reason=str(error))
            return
        for listener in self._listeners:
            listener(reply)
