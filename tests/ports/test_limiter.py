"""What every limiter promises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from services.adapters.clock import SystemClock
from services.adapters.fallback_limiter import RETRY_S, FallbackLimiter
from services.adapters.memory_limiter import MemoryLimiter
from services.adapters.redis_limiter import RedisLimiter
from services.core.limits import Pace, Quota
from services.metrics import limiter_fallback
from services.ports import Limiter, LimiterUnavailable
from tests.ports.conftest import REAL
from tests.unit.services.rig import FakeClock


@pytest.fixture(params=["memory", pytest.param("redis", marks=REAL)])
async def limiter(request: pytest.FixtureRequest) -> AsyncIterator[Limiter]:
    if request.param == "memory":
        limiter: Limiter = MemoryLimiter(SystemClock())
    else:
        limiter = RedisLimiter(request.getfixturevalue("service_engines").redis_url)
    yield limiter
    await limiter.close()


def pace(rate_rps: float = 0.01, burst: int = 3) -> Pace:
    return Pace(uuid4().hex, rate_rps, burst)


def quota(most: int) -> Quota:
    return Quota(uuid4().hex, most)


async def test_a_burst_then_the_rate(limiter: Limiter) -> None:
    bucket = pace(rate_rps=10)
    turns = [await limiter.take(bucket) for _ in range(4)]
    assert [turn.wait_s > 0 for turn in turns] == [False, False, False, True]
    assert [turn.left for turn in turns[:3]] == [2, 1, 0]
    assert 0 < turns[3].wait_s <= 0.1
    assert turns[3].full_in_s == pytest.approx(0.3, abs=0.1)
    await asyncio.sleep(turns[3].wait_s + 0.01)
    assert (await limiter.take(bucket)).wait_s == 0


async def test_a_refused_call_takes_nothing(limiter: Limiter) -> None:
    bucket = pace(burst=1)
    await limiter.take(bucket)
    waits = [(await limiter.take(bucket)).wait_s for _ in range(5)]
    assert max(waits) - min(waits) < 1
    assert waits[0] == pytest.approx(100, abs=1)


async def test_buckets_are_apart(limiter: Limiter) -> None:
    first, second = pace(burst=1), pace(burst=1)
    assert (await limiter.take(first)).wait_s == 0
    assert (await limiter.take(second)).wait_s == 0


async def test_no_more_than_the_burst_passes_when_many_come_at_once(limiter: Limiter) -> None:
    bucket = pace(burst=20)
    turns = await asyncio.gather(*(limiter.take(bucket) for _ in range(100)))
    assert sum(turn.wait_s == 0 for turn in turns) == 20


async def test_a_quota_that_nobody_counted_is_said_and_takes_nothing(limiter: Limiter) -> None:
    bucket, month = pace(burst=1), quota(5)
    assert (await limiter.take(bucket, month)).used is None
    await limiter.count(month, 2, for_s=60)
    assert (await limiter.take(bucket, month)).used == 2


async def test_a_quota_ends(limiter: Limiter) -> None:
    bucket, month = pace(burst=100), quota(3)
    await limiter.count(month, 1, for_s=60)
    assert [(await limiter.take(bucket, month)).used for _ in range(4)] == [1, 2, 3, 3]
    await limiter.give_back(month)
    assert [(await limiter.take(bucket, month)).used for _ in range(2)] == [2, 3]


async def test_a_quota_is_never_passed_when_many_come_at_once(limiter: Limiter) -> None:
    bucket, month = pace(burst=1000), quota(7)
    await limiter.count(month, 0, for_s=60)
    turns = await asyncio.gather(*(limiter.take(bucket, month) for _ in range(50)))
    assert sum((turn.used or 0) < 7 for turn in turns) == 7


async def test_a_call_that_must_wait_uses_nothing_of_the_quota(limiter: Limiter) -> None:
    bucket, month = pace(burst=1), quota(5)
    await limiter.count(month, 0, for_s=60)
    assert [(await limiter.take(bucket, month)).used for _ in range(3)] == [0, 1, 1]


async def test_a_count_stands_until_it_is_old(limiter: Limiter) -> None:
    bucket, month = pace(burst=100), quota(5)
    await limiter.count(month, 4, for_s=0.2)
    await limiter.count(month, 0, for_s=60)
    assert (await limiter.take(bucket, month)).used == 4
    await asyncio.sleep(0.25)
    assert (await limiter.take(bucket, month)).used is None
    await limiter.give_back(month)
    assert (await limiter.take(bucket, month)).used is None


async def test_a_limiter_that_is_away_says_so() -> None:
    away = RedisLimiter("redis://:secret@127.0.0.1:9")
    for operation in (away.take(pace()), away.give_back(quota(1)), away.count(quota(1), 0, 1)):
        with pytest.raises(LimiterUnavailable) as error:
            await operation
        assert "secret" not in repr(error.value) + repr(error.value.__cause__)
    await away.close()


@pytest.mark.parametrize("url", ["", "http://h", "redis", "redis://h:port"])
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the library's own words
        RedisLimiter(url)


class _Away(MemoryLimiter):
    """Away while `asked` is counted."""

    asked = 0
    is_away = True

    async def take(self, pace: Pace, quota: Quota | None = None):  # type: ignore[no-untyped-def]
        self.asked += 1
        if self.is_away:
            raise LimiterUnavailable
        return await super().take(pace, quota)


async def test_while_it_is_away_the_process_keeps_the_same_rate() -> None:
    clock = FakeClock()
    shared = _Away(clock)
    limiter, bucket = FallbackLimiter(shared, MemoryLimiter(clock), clock), pace(burst=2)
    assert [(await limiter.take(bucket)).wait_s > 0 for _ in range(3)] == [False, False, True]
    assert shared.asked == 1
    assert limiter_fallback._value.get() == 1
    shared.is_away = False
    clock.now_s += RETRY_S
    assert (await limiter.take(bucket)).wait_s == 0
    assert limiter_fallback._value.get() == 0
