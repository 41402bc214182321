"""429 and its three reasons."""

from __future__ import annotations

import asyncio
import math

import pytest

from services.api.gate import COUNTED_FOR_S, READS_A_CHECK
from services.core.errors import CheckExpired
from services.core.usage import until_next_month_s
from tests.unit.services.tenancy import ASYNC, NO_FACE, PATH, Front


async def test_a_tenant_that_is_too_fast_is_told_when_to_come_back(shop: Front) -> None:
    headers = await shop.tenant("acme", rate_rps=0.5, burst=2)
    answers = [await shop.post(headers, ASYNC) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    refused = answers[2]
    assert refused.json()["code"] == "rate-limited"
    assert refused.json()["billable"] is False
    assert refused.headers["retry-after"] == "2"
    assert answers[0].headers["ratelimit-policy"] == '"checks";q=2;w=4'
    assert answers[0].headers["ratelimit"] == '"checks";r=1;t=2'
    assert refused.headers["ratelimit"] == '"checks";r=0;t=4'
    shop.clock.now_s += 2
    assert (await shop.post(headers, ASYNC)).status_code == 202


async def test_a_tenant_that_is_too_fast_slows_nobody_else(shop: Front) -> None:
    fast, calm = await shop.tenant("fast", rate_rps=0.1, burst=1), await shop.tenant("calm")
    await shop.post(fast, ASYNC)
    assert (await shop.post(fast, ASYNC)).status_code == 429
    assert (await shop.post(calm, ASYNC)).status_code == 202


async def test_looking_up_is_limited_apart(shop: Front) -> None:
    headers = await shop.tenant("acme", rate_rps=0.1, burst=1)
    await shop.post(headers, ASYNC)
    statuses = [
        (await shop.client.get("/v1/usage", headers=headers)).status_code for _ in range(READS_A_CHECK + 1)
    ]
    assert statuses == [200] * READS_A_CHECK + [429]


async def test_a_refused_upload_is_not_read(shop: Front) -> None:
    headers = await shop.tenant("acme", rate_rps=0.1, burst=1)
    await shop.post(headers, ASYNC)

    async def never() -> object:
        pytest.fail("the body was read")
        yield b""

    answer = await shop.client.post(PATH, content=never(), headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 429


async def test_a_months_quota_ends_with_the_month(shop: Front) -> None:
    headers = await shop.tenant("acme", burst=100, quota_month=2)
    for _ in range(2):
        answer, _reply = await asyncio.gather(shop.post(headers), shop.worked())
        assert answer.status_code == 200
    refused = await shop.post(headers)
    assert (refused.status_code, refused.json()["code"]) == (429, "quota-exceeded")
    left_s = until_next_month_s(shop.clock.now_s)
    assert int(refused.headers["retry-after"]) == math.ceil(left_s)
    shop.clock.now_s += left_s
    assert (await shop.post(headers, ASYNC)).status_code == 202


async def test_what_is_not_billable_uses_nothing_of_the_quota(shop: Front) -> None:
    headers = await shop.tenant("acme", burst=100, quota_month=1)
    for image in (b"no image", b""):
        assert (await shop.post(headers, image=image)).status_code in {415, 422}
    expired, _ = await asyncio.gather(shop.post(headers), shop.worked(CheckExpired()))
    assert expired.status_code == 504
    refused, _ = await asyncio.gather(shop.post(headers), shop.worked(NO_FACE))
    assert (refused.status_code, refused.json()["billable"]) == (422, True)
    assert (await shop.post(headers)).json()["code"] == "quota-exceeded"


async def test_many_at_once_do_not_pass_the_quota(shop: Front) -> None:
    headers = await shop.tenant("acme", burst=100, quota_month=3)
    answers = await asyncio.gather(*(shop.post(headers, ASYNC) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [202] * 3 + [429] * 7


async def test_the_quota_is_counted_anew_from_the_usage_records(shop: Front) -> None:
    headers = await shop.tenant("acme", burst=100, quota_month=1)
    await shop.post(headers, ASYNC)
    await shop.worked(CheckExpired())
    assert (await shop.post(headers, ASYNC)).status_code == 429
    shop.clock.now_s += COUNTED_FOR_S
    assert (await shop.post(headers, ASYNC)).status_code == 202


async def test_a_queue_that_is_too_long_is_said_at_once(shop: Front) -> None:
    headers = await shop.tenant("acme", rate_rps=1000, burst=10_000)
    await asyncio.gather(shop.post(headers), shop.worked())  # a task takes 0.1 s
    accepted = 0
    while accepted < 1000:
        answer = await shop.post(headers, ASYNC)
        if answer.status_code == 429:
            break
        accepted += 1
    # One worker was there, with a few in hand. 420 of 0.1 s take 0.7 of the 60 s that a task lives.
    assert answer.json()["code"] == "system-busy"
    assert answer.json()["billable"] is False
    assert accepted == pytest.approx(417, abs=4)
    assert await shop.waiting() == accepted
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    lines = (await shop.client.get("/v1/usage", headers=headers)).json()["lines"]
    assert [line["code"] for line in lines] == ["done"]


async def test_the_queue_is_long_only_for_as_long_as_it_is(shop: Front) -> None:
    headers = await shop.tenant("acme", rate_rps=1000, burst=10_000)
    await asyncio.gather(shop.post(headers), shop.worked())
    for _ in range(430):
        last = await shop.post(headers, ASYNC)
    assert last.status_code == 429
    for _ in range(20):
        await shop.worked()
    shop.clock.now_s += 1
    await shop.post(headers, ASYNC)  # asks for the queue's length, beside being refused or not
    await asyncio.sleep(0.01)
    assert (await shop.post(headers, ASYNC)).status_code == 202
