"""The worker's end: a subscription and what it delivers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from services import tracing
from services.adapters.rabbitmq.session import FAILURES, TIMEOUT_S, Session
from services.core.messages import Reply

SendReply = Callable[[str, Reply], Awaitable[None]]
"""Sends a reply to the queue of this name, best effort."""


class RabbitConsumer:
    """A subscription that outlives sessions."""

    def __init__(
        self,
        check: str,
        prefetch: int,
        send_reply: SendReply,
        forget: Callable[[RabbitConsumer], None],
    ):
        self._check = check
        self._prefetch = prefetch
        self._send_reply = send_reply
        self._forget = forget
        self._inbox: asyncio.Queue[RabbitDelivery | None] = asyncio.Queue()
        self._stopped = False
        self._unsubscribe: Callable[[], Awaitable[object]] | None = None

    async def subscribe(self, session: Session) -> None:
        """Take deliveries through a channel of `session`. Raises one of FAILURES."""
        channel = await session.channel()
        await channel.set_qos(prefetch_count=self._prefetch)

        async def arrived(message: AbstractIncomingMessage) -> None:
            self._inbox.put_nowait(RabbitDelivery(message, channel, self._send_reply))

        queue = await session.task_queue(channel, self._check)
        tag = await queue.consume(arrived)
        self._unsubscribe = lambda: queue.cancel(tag)

    async def take(self) -> RabbitDelivery | None:
        """Wait for the next task; None once stopped."""
        while delivery := await self._inbox.get():
            if not delivery.lost:
                return delivery
        self._inbox.put_nowait(None)  # for whoever asks next
        return None

    async def stop(self) -> None:
        """Unsubscribe and hand back what nobody took."""
        if self._stopped:
            return
        self._stopped = True
        self._forget(self)
        if self._unsubscribe:
            with suppress(*FAILURES):
                async with asyncio.timeout(TIMEOUT_S):
                    await self._unsubscribe()
        while not self._inbox.empty():
            if delivery := self._inbox.get_nowait():
                await delivery.hand_back()
        self._inbox.put_nowait(None)


class RabbitDelivery:
    """One task in this worker's hands."""

    def __init__(self, message: AbstractIncomingMessage, channel: AbstractChannel, send_reply: SendReply):
        self._message = message
        self._channel = channel
        self._send_reply = send_reply

    @property
    def body(self) -> bytes:
        """The encoded Task."""
        return self._message.body

    @property
    def redelivered(self) -> bool:
        """Whether somebody may have worked on it before."""
        return bool(self._message.redelivered)

    @property
    def traceparent(self) -> str | None:
        """From the message's headers: the body is read by older workers too, which know no such field."""
        value = self._message.headers.get(tracing.HEADER)
        return value if isinstance(value, str) else None

    @property
    def lost(self) -> bool:
        """Whether the broker has taken it back, because the channel it came through is gone."""
        return self._channel.is_closed

    async def reply(self, reply: Reply) -> None:
        """Send to the queue that the task names, through whatever session there is now."""
        if self._message.reply_to:
            await self._send_reply(self._message.reply_to, reply)

    async def ack(self) -> None:
        """The task is done with."""
        with suppress(*FAILURES):
            await self._message.ack()

    async def hand_back(self) -> None:
        """Another worker shall take it."""
        with suppress(*FAILURES):
            await self._message.reject(requeue=True)

    async def dead_letter(self) -> None:
        """To the dead-letter queue."""
        with suppress(*FAILURES):
            await self._message.reject(requeue=False)
