"""A Redis that goes away is the limiter's business, never a caller's."""

from __future__ import annotations

import asyncio

import pytest
import uvloop

from services.adapters.redis_limiter import RedisLimiter
from services.core.limits import Pace
from services.ports import LimiterUnavailable

PACE = Pace(key="tenant", rate_rps=10, burst=10)


async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A Redis that accepts whatever comes first."""
    while await reader.read(4096):
        writer.write(b"+OK\r\n")


def test_a_connection_that_died_unnoticed_is_an_outage() -> None:
    """uvloop has a RuntimeError of its own for a write to it, which redis-py lets through."""

    async def take() -> None:
        server = await asyncio.start_server(answer_once, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        limiter = RedisLimiter(f"redis://127.0.0.1:{port}")
        connection = await limiter._redis.connection_pool.get_connection()  # type: ignore[no-untyped-call]
        connection._writer.transport.abort()
        await asyncio.sleep(0)
        await limiter._redis.connection_pool.release(connection)
        with pytest.raises(LimiterUnavailable):
            await limiter.take(PACE)
        server.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(take())
