"""The client under a key: limits, usage, and an answer that is lost on its way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import httpx
import pytest

from services.client import AsyncEkycClient, NotAuthenticated, RateLimited, Retries
from services.client.errors import Problem, error_of
from services.client.retries import is_retryable
from services.core.errors import catalogue
from tests.unit.services.tenancy import CHECK, FILES, Front


@dataclass
class Line(httpx.AsyncBaseTransport):
    """The way to the API of `shop`; it loses so many answers, after the API has given them."""

    shop: Front
    losses: int = 0
    pauses_s: list[float] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        content = await request.aread()
        answer = await self.shop.client.request(
            request.method, request.url, headers=request.headers, content=content
        )
        if self.losses:
            self.losses -= 1
            raise httpx.ReadError("lost")
        return answer

    async def sleep(self, seconds: float) -> None:
        """Time passes for the API too, and a worker is at work."""
        self.pauses_s.append(seconds)
        self.shop.clock.now_s += seconds
        if await self.shop.waiting():
            await self.shop.worked()

    async def client(self, name: str, **terms: float | None) -> AsyncEkycClient:
        """A client of a new tenant."""
        key = (await self.shop.tenant(name, **terms))["Authorization"].removeprefix("Bearer ")
        http = httpx.AsyncClient(transport=self)
        return AsyncEkycClient(
            "http://api",
            key,
            http=http,
            sleep=self.sleep,
            now=self.shop.clock.now,
            retries=Retries(jitter=lambda: 0),
        )


@pytest.fixture
def line(shop: Front) -> Line:
    return Line(shop)


async def test_a_lost_answer_is_no_second_check(line: Line) -> None:
    ekyc = await line.client("acme")
    line.losses = 2
    check = await ekyc.check(CHECK, FILES, dict, prefer_async=True)
    assert check.is_replay
    assert (await ekyc.wait(check)).result == {"score": 1.0}
    usage = await ekyc.usage()
    assert (usage.billable, [line.count for line in usage.lines]) == (1, [1])


async def test_the_same_key_is_the_same_check(line: Line) -> None:
    ekyc = await line.client("acme")
    first, second = await asyncio.gather(
        *(ekyc.check(CHECK, FILES, dict, idempotency_key="order-7", prefer_async=True) for _ in range(2))
    )
    assert first.id == second.id
    assert {first.is_replay, second.is_replay} == {True, False}


async def test_who_is_too_fast_comes_again_when_told(line: Line) -> None:
    ekyc = await line.client("acme", rate_rps=0.25, burst=1)
    await ekyc.check(CHECK, FILES, dict, prefer_async=True)
    await ekyc.check(CHECK, FILES, dict, prefer_async=True)
    assert line.pauses_s == [4]


async def test_a_used_up_quota_is_not_waited_for(line: Line) -> None:
    ekyc = await line.client("acme", quota_month=0)
    with pytest.raises(RateLimited, match="quota-exceeded") as raised:
        await ekyc.check(CHECK, FILES, dict)
    assert raised.value.retry_after_s
    assert line.pauses_s == []


@pytest.mark.parametrize("key", [None, "ekyc_0123456789ab_wrong"])
async def test_without_a_key_nothing_is_answered(line: Line, key: str | None) -> None:
    ekyc = AsyncEkycClient("http://api", key, http=httpx.AsyncClient(transport=line))
    with pytest.raises(NotAuthenticated, match="key-unknown" if key else "key-missing"):
        await ekyc.usage()


async def test_a_month_can_be_named(line: Line) -> None:
    ekyc = await line.client("acme")
    usage = await ekyc.usage("2025-02")
    assert (usage.month, usage.billable, usage.lines) == ("2025-02", 0, [])


async def test_what_the_api_calls_retryable_is_tried_again(line: Line) -> None:
    entries = await (await line.client("acme")).errors()
    assert {entry.code for entry in entries} == {cause.code for cause in catalogue()}
    for entry in entries:
        problem = Problem(entry.code, "", entry.status, retry_after_s=1 if entry.retryable else None)
        assert is_retryable(error_of(problem), "POST") == entry.retryable, entry.code
