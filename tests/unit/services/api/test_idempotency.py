"""The same request twice is one check."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from services.adapters.memory import MemoryBroker
from services.core.errors import IdempotencyKeyMalformed
from services.core.idempotency import KEPT_S, read_key, request_hash
from services.settings import Settings
from tests.unit.services.conftest import talking_to
from tests.unit.services.corpus import drawing, encoded
from tests.unit.services.tenancy import ASYNC, NO_FACE, Front

KEY = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}
OTHER = encoded(drawing(seed=1), "PNG")


async def test_a_repeated_request_is_the_same_check_pending_and_done(shop: Front) -> None:
    headers = await shop.tenant("acme")
    first = await shop.post(headers, KEY, ASYNC)
    again = await shop.post(headers, KEY, ASYNC)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await shop.waiting() == 1
    await shop.worked()
    done = await shop.post(headers, KEY, ASYNC)
    assert (done.status_code, done.json()["id"]) == (200, first.json()["id"])
    usage = (await shop.client.get("/v1/usage", headers=headers)).json()
    assert usage["billable"] == 1


async def test_a_repeated_request_waits_for_the_first_ones_answer(shop: Front) -> None:
    headers = await shop.tenant("acme")
    working = asyncio.create_task(shop.worked())
    answers = await asyncio.gather(*(shop.post(headers, KEY) for _ in range(5)))
    await working
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await shop.waiting() == 0


async def test_a_refusal_is_repeated_too(shop: Front) -> None:
    headers = await shop.tenant("acme")
    first, _ = await asyncio.gather(shop.post(headers, KEY), shop.worked(NO_FACE))
    again = await shop.post(headers, KEY)
    assert (again.status_code, again.json()) == (422, first.json())


async def test_another_request_with_the_key_is_refused(shop: Front) -> None:
    headers = await shop.tenant("acme")
    await shop.post(headers, KEY, ASYNC)
    refused = await shop.post(headers, KEY, ASYNC, image=OTHER)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")
    assert await shop.waiting() == 1


async def test_a_key_is_a_tenants_own(shop: Front) -> None:
    mine, theirs = await shop.tenant("mine"), await shop.tenant("theirs")
    ids = {(await shop.post(who, KEY, ASYNC)).json()["id"] for who in (mine, theirs)}
    assert len(ids) == 2


async def test_a_key_is_forgotten_after_a_day(shop: Front) -> None:
    headers = await shop.tenant("acme")
    first = (await shop.post(headers, KEY, ASYNC)).json()["id"]
    await shop.worked()
    shop.clock.now_s += KEPT_S + 1
    assert (await shop.post(headers, KEY, ASYNC, image=OTHER)).json()["id"] != first


async def test_after_a_failure_of_ours_the_key_makes_a_new_check(shop: Front, settings: Settings) -> None:
    headers = await shop.tenant("acme")
    full = replace(shop.ports, broker=MemoryBroker(max_tasks=0))
    async with talking_to(full, settings.model_copy(update={"auth": "required"})) as client:
        failed = await replace(shop, client=client).post(headers, KEY)
    assert (failed.status_code, failed.json()["code"]) == (503, "queue-full")
    assert (await shop.post(headers, KEY, ASYNC)).status_code == 202


async def test_an_expired_check_lets_go_of_its_key(shop: Front, settings: Settings) -> None:
    headers = await shop.tenant("acme")
    first = (await shop.post(headers, KEY, ASYNC)).json()["id"]
    shop.clock.now_s += settings.task_ttl_s
    again = await shop.post(headers, KEY, ASYNC)
    assert again.status_code == 202
    assert again.json()["id"] != first


async def test_a_quota_that_is_used_up_still_tells_what_was_paid_for(shop: Front) -> None:
    headers = await shop.tenant("acme", burst=100, quota_month=1)
    await asyncio.gather(shop.post(headers, KEY), shop.worked())
    assert (await shop.post(headers, KEY)).status_code == 200
    refused = await shop.post(headers, {"Idempotency-Key": "new"})
    assert (refused.status_code, refused.json()["code"]) == (429, "quota-exceeded")


@pytest.mark.parametrize(
    "value", ["", " ", '""', '"', "a b", "é", "x" * 129, '"' + "x" * 129 + '"', "a,b", '"a";p=1']
)
async def test_a_malformed_key_is_refused(shop: Front, value: str) -> None:
    headers = {"Idempotency-Key": value.encode()} | await shop.tenant("acme")
    answer = await shop.post(headers, ASYNC)  # type: ignore[arg-type]  # bytes, for what is not ASCII
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-malformed")
    assert await shop.waiting() == 0


def test_a_key_that_comes_twice_is_none() -> None:
    with pytest.raises(IdempotencyKeyMalformed):
        read_key(["a", "a"])
    assert read_key([]) is None
    assert read_key(['"a b"']) == "a b"
    assert read_key(["abc-1"]) == "abc-1"


def test_parts_do_not_run_into_each_other() -> None:
    hashes = {
        request_hash("c", {"a": b"x", "b": b"y"}),
        request_hash("c", {"a": b"xy", "b": b""}),
        request_hash("c", {"a": b"y", "b": b"x"}),
        request_hash("d", {"a": b"x", "b": b"y"}),
        request_hash("c", {"a": b"x\nb 1\ny"}),
    }
    assert len(hashes) == 5
    assert request_hash("c", {"b": b"y", "a": b"x"}) in hashes
