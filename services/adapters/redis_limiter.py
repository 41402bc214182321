"""Limits that all processes share, in Redis: one call is one script, by Redis's own clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from services.core.limits import ROUNDING_RATIO, Pace, Quota, Turn, turn_of
from services.ports import LimiterUnavailable

TIMEOUT_S = 0.5
"""For one call, connecting included: a request must not wait for what it can do without."""
CONNECTIONS = 8
"""A call takes well below a millisecond, so a burst queues for these rather than opening hundreds."""

CLOSED = RuntimeError
"""What uvloop raises when redis-py writes to a connection that died unnoticed, as in the loss of a zone."""

_TAKE = """
-- `core.limits.take_turn`, where two processes cannot come between each other.
-- KEYS: the bucket's theoretical arrival time; what is used of the quota.
-- ARGV: 1 / rate, burst, quota or -1, rounding.
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
local interval, burst, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local ahead = math.max((tonumber(redis.call('GET', KEYS[1])) or 0) - now, 0)
local used = most >= 0 and tonumber(redis.call('GET', KEYS[2])) or -1
if most >= 0 and used < 0 then
  return {tostring(ahead), '0', -1}
end
local wait = ahead + interval - burst * interval
if wait > tonumber(ARGV[4]) * interval then
  return {tostring(ahead), tostring(wait), used}
end
ahead = ahead + interval
redis.call('SET', KEYS[1], string.format('%.6f', now + ahead), 'PX', math.ceil(ahead * 1000))
if used >= 0 and used < most then
  redis.call('INCR', KEYS[2])
end
return {tostring(ahead), '0', used}
"""
_GIVE_BACK = """
if (tonumber(redis.call('GET', KEYS[1])) or 0) > 0 then
  redis.call('DECR', KEYS[1])
end
"""


class RedisLimiter:
    """Connects when it is first asked. Every method raises LimiterUnavailable."""

    def __init__(self, url: str):
        """`url` is redis://:password@host:port, or rediss:// with TLS. Raises ValueError: for another."""
        # Once more at once: a connection that died with a restarted server is found by using it.
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 1),
        )
        self._redis = Redis.from_pool(pool)
        self._take = self._redis.register_script(_TAKE)
        self._give_back = self._redis.register_script(_GIVE_BACK)

    async def take(self, pace: Pace, quota: Quota | None = None) -> Turn:
        """One call."""
        keys = [_key(pace.key), _key((quota or pace).key)]
        words = [1 / pace.rate_rps, pace.burst, quota.most if quota else -1, ROUNDING_RATIO]
        ahead, wait, used = await _translated(self._take(keys=keys, args=words))
        return turn_of(float(ahead), float(wait), pace, used if used >= 0 else None)

    async def give_back(self, quota: Quota) -> None:
        """One less."""
        await _translated(self._give_back(keys=[_key(quota.key)]))

    async def count(self, quota: Quota, used: int, for_s: float) -> None:
        """Believe `used`, if nothing is believed."""
        await _translated(self._redis.set(_key(quota.key), used, nx=True, px=int(for_s * 1000)))

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()


def _key(name: str) -> str:
    return f"ekyc:limit:{name}"


async def _translated(work: object) -> tuple[bytes, bytes, int]:
    """The answer, of which only `take` reads anything."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return cast("tuple[bytes, bytes, int]", await cast("Awaitable[object]", work))
    except (RedisError, CLOSED, OSError, TimeoutError) as error:
        raise LimiterUnavailable from error
