"""The broker as a process sees it."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from contextlib import suppress

import aio_pika
import structlog
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import DeliveryError
from pamqp.commands import Basic
from yarl import URL

from services import tracing
from services.adapters.rabbitmq.consumer import RabbitConsumer
from services.adapters.rabbitmq.session import FAILURES, TIMEOUT_S, Session, translated
from services.core.backlog import Load
from services.core.conventions import QUEUE_MAX_TASKS, task_queue
from services.core.errors import BrokerUnavailable, QueueFull
from services.core.messages import MessageUnreadable, Reply, Task

log = structlog.get_logger(__name__)

RECONNECT_S = 1.0
PUBLISH_TIMEOUT_S = 6.0
"""A queue whose leading member is cut off has another within that time, and takes the task then."""
ELECTION_PAUSE_S = 0.1
NEXT_MEMBER_S = 1.2
"""How long a publisher waits for a session when it lost one: another member takes it well within that."""


class RabbitBroker:
    """Reconnects by itself once it was open, to whichever member of the cluster lets it in."""

    def __init__(self, url: str, *, near: str = "", max_tasks: int = QUEUE_MAX_TASKS):
        """`url` is amqp://user:password@host:port[,host:port...]/vhost; the member at `near` is asked first.

        Raises ValueError: for another URL.
        """
        self._members = member_urls(url)
        # Processes that start at once shall not all hang on the same member; but who shares a machine with
        # one is cut off together with it, or not at all.
        random.shuffle(self._members)
        self._members.sort(key=lambda member: member.host != near)
        self._up = asyncio.Event()
        """Set while there is a session that is not known to be lost."""
        self._max_tasks = max_tasks
        self._session: Session | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._consumers: list[RabbitConsumer] = []
        self._listeners: list[Callable[[Reply], None]] = []

    async def open(self) -> None:
        """Connect. Raises BrokerUnavailable."""
        self._joined(await self._connect())
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
        """Return once the queue has the task. Raises QueueFull, BrokerUnavailable.

        When a member goes away in the middle, another is asked: the queue may then hold the task twice.
        """
        session = await self._next_session()
        try:
            await self._publish(session, task)
        except BrokerUnavailable:
            await self._publish(await self._next_session(), task)

    async def _publish(self, session: Session, task: Task) -> None:
        traceparent = tracing.carried()
        message = aio_pika.Message(
            task.encode(),
            headers={tracing.HEADER: traceparent} if traceparent else None,
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=task.id,
            reply_to=session.reply_to or None,
        )
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_S):
                await session.task_queue(session.publishing, task.check)
                while not await self._taken(session, message, task.check):  # noqa: ASYNC110  # it tries
                    await asyncio.sleep(ELECTION_PAUSE_S)
        except FAILURES as error:
            # It may be cut off: without a word from it, only its heartbeat would tell, many seconds later.
            self._up.clear()
            session.lost.set()
            raise BrokerUnavailable from error

    async def _taken(self, session: Session, message: aio_pika.Message, check: str) -> bool:
        """Whether the queue has it now. Raises QueueFull, and one of FAILURES.

        A queue refuses with the same word when it is full and when its members have not chosen a leader yet.
        """
        try:
            exchange = session.publishing.default_exchange
            await exchange.publish(message, task_queue(check), mandatory=True)
        except DeliveryError as error:
            if not isinstance(error.frame, Basic.Nack):
                raise BrokerUnavailable from error
            if await session.is_full(check):
                raise QueueFull from error
            return False
        return True

    async def _next_session(self) -> Session:
        with suppress(TimeoutError):
            async with asyncio.timeout(NEXT_MEMBER_S):
                await self._up.wait()
        return self._connected()

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

    async def load(self, check: str) -> Load:
        """Ask for the queue's counts. Raises BrokerUnavailable."""
        session = self._connected()
        async with translated(), asyncio.timeout(TIMEOUT_S):
            await session.task_queue(session.replying, check)
            queue = await session.replying.declare_queue(task_queue(check), passive=True)
        counted = queue.declaration_result
        return Load(counted.message_count or 0, counted.consumer_count or 0)

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
                self._up.clear()
                # Not awaited: a member that is cut off does not say goodbye, and another may be there.
                self._closing = asyncio.create_task(session.close())
                self._members.append(self._members.pop(0))
            try:
                self._joined(await self._connect())
                log.warning("broker connection back")
            except BrokerUnavailable as error:
                log.info("broker still away", cause=repr(error.__cause__))
                await asyncio.sleep(RECONNECT_S)

    def _joined(self, session: Session) -> None:
        self._session = session
        if not session.lost.is_set():
            self._up.set()

    async def _connect(self) -> Session:
        """A session with the first member that lets us in. Raises BrokerUnavailable: none does."""
        for _ in self._members[1:]:
            try:
                return await self._connect_to(self._members[0])
            except BrokerUnavailable as error:
                log.info("next member", cause=repr(error.__cause__))
                self._members.append(self._members.pop(0))
        return await self._connect_to(self._members[0])

    async def _connect_to(self, member: URL) -> Session:
        async with translated():
            session = await Session.connect(member, self._max_tasks)
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


def member_urls(url: str) -> list[URL]:
    """One URL for each host of `amqp://user:password@host:port[,host:port...]/vhost`. Raises ValueError."""
    parts = re.fullmatch(r"(amqps?://(?:[^@/]*@)?)([^@/]+)(/.*)?", url)
    members = [URL(f"{parts[1]}{host}{parts[3] or '/'}") for host in parts[2].split(",")] if parts else []
    if not members or not all(member.host for member in members):
        raise ValueError("must be amqp://user:password@host:port[,host:port...]/vhost")
    return members
