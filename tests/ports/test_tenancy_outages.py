"""Real processes on real engines, Redis or the database away: what goes on for tenants, and what is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import perf_counter
from urllib.parse import SplitResult, urlsplit
from uuid import uuid4

import httpx
import pytest

from tests.engines import Engines
from tests.faces import face_pairs
from tests.ports.live import Wire, environment, started

pytestmark = pytest.mark.engines

API, WORKER = ("api",), ("worker", "face-match")
TOKEN = "an-operators-token"
PATH = "/v1/face-match"
ASYNC = {"Prefer": "respond-async"}


@dataclass(frozen=True)
class Away:
    """Wires to the engines that these tests cut off, and what processes are told."""

    database: Wire
    redis: Wire
    env: dict[str, str]


@pytest.fixture
async def away(service_engines: Engines) -> AsyncIterator[Away]:
    parts = [urlsplit(url) for url in (service_engines.database_url, service_engines.redis_url)]
    wires = [Wire(part.hostname or "", part.port or 0) for part in parts]
    for wire in wires:
        await wire.join()
    database, redis = (_through(part, wire) for part, wire in zip(parts, wires, strict=True))
    env = environment(service_engines) | {
        "EKYC_AUTH": "required",
        "EKYC_ADMIN_TOKEN": TOKEN,
        "EKYC_DATABASE_URL": database,
        "EKYC_REDIS_URL": redis,
    }
    yield Away(wires[0], wires[1], env)
    for wire in wires:
        await wire.cut()


def _through(url: SplitResult, wire: Wire) -> str:
    user = f"{url.username or ''}:{url.password or ''}"
    return url._replace(netloc=f"{user}@127.0.0.1:{wire.port}").geturl()


async def new_key(url: str, **limits: float) -> dict[str, str]:
    """A new tenant's header."""
    name = f"t-{uuid4().hex}"
    operator = httpx.AsyncClient(base_url=f"{url}/admin/v1", headers={"Authorization": f"Bearer {TOKEN}"})
    async with operator:
        body = {"name": name, "rate_rps": 1000, "burst": 1000} | limits
        (await operator.post("/tenants", json=body)).raise_for_status()
        key = (await operator.post(f"/tenants/{name}/keys")).raise_for_status().json()["key"]
    return {"Authorization": f"Bearer {key}"}


def client_of(url: str, headers: dict[str, str]) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=60)


def files() -> dict[str, bytes]:
    pair = next(pair for pair in face_pairs() if pair.same)
    return {"image_a": pair.a.read_bytes(), "image_b": pair.b.read_bytes()}


async def fallback(client: httpx.AsyncClient) -> bool:
    text = (await client.get("/metrics")).text
    return "\nekyc_limiter_fallback 1.0" in text


async def test_without_redis_checks_go_on_within_the_same_limits(away: Away) -> None:
    async with started(away.env, API, WORKER) as (api, _worker):
        free = await new_key(api.url)
        bound = await new_key(api.url, rate_rps=0.01, burst=3, quota_month=2)
        async with client_of(api.url, free) as client, client_of(api.url, bound) as slow:
            assert not await fallback(client)
            await away.redis.cut()
            for _ in range(5):
                asked = perf_counter()
                assert (await client.post(PATH, files=files())).status_code == 200
                assert perf_counter() - asked < 15
            assert await fallback(client)
            answers = [await slow.post(PATH, files=files(), headers=ASYNC) for _ in range(4)]
            assert [answer.status_code for answer in answers] == [202, 202, 429, 429]
            assert [answer.json()["code"] for answer in answers[2:]] == ["quota-exceeded", "rate-limited"]
            assert (await client.get("/readyz")).status_code == 200
            await away.redis.join()
            await asyncio.sleep(1.1)
            assert (await client.post(PATH, files=files())).status_code == 200
            assert not await fallback(client)


async def test_without_the_database_it_is_said_and_what_was_accepted_is_done_later(away: Away) -> None:
    async with started(away.env, API, WORKER) as (api, _worker):
        client = client_of(api.url, await new_key(api.url))
        async with client:
            accepted = [await client.post(PATH, files=files(), headers=ASYNC) for _ in range(6)]
            assert {answer.status_code for answer in accepted} == {202}
            await away.database.cut()
            for answer in (
                await client.post(PATH, files=files()),
                await client.get(accepted[0].headers["location"]),
                await client.get("/v1/usage"),
            ):
                assert (answer.status_code, answer.json()["code"]) == (503, "results-unavailable")
                assert int(answer.headers["retry-after"]) > 0
            await api.until_ready(False)
            await away.database.join()
            await api.until_ready()
            for answer in accepted:
                done = await _followed(client, answer)
                assert done.json()["status"] == "done"
            usage = (await client.get("/v1/usage")).json()
            assert usage["billable"] == len(accepted)


async def test_two_processes_share_limits_and_keys(away: Away) -> None:
    async with started(away.env, API, API, WORKER) as (one, other, _worker):
        headers = await new_key(one.url, rate_rps=0.01, burst=5, quota_month=100)
        for process in (one, other):
            await _limits_are_shared(process.url)
        same = {"Idempotency-Key": uuid4().hex}
        async with client_of(one.url, headers) as first, client_of(other.url, headers) as second:
            answers = await asyncio.gather(
                *(client.post(PATH, files=files(), headers=same) for client in (first, second) * 4)
            )
            taken = [answer for answer in answers if answer.status_code == 200]
            assert len(taken) == 5
            assert len({answer.json()["id"] for answer in taken}) == 1
            assert {answer.json().get("code") for answer in answers if answer not in taken} == {
                "rate-limited"
            }
            assert (await second.get("/v1/usage")).json()["billable"] == 1


async def _limits_are_shared(url: str) -> None:
    """A busy machine's first connection to Redis may take longer than a request waits for it."""
    async with client_of(url, await new_key(url)) as client, asyncio.timeout(120):
        await client.post(PATH)
        while await fallback(client):  # another process's state
            await asyncio.sleep(1)
            await client.post(PATH)


async def _followed(client: httpx.AsyncClient, accepted: httpx.Response) -> httpx.Response:
    async with asyncio.timeout(300):
        answer = await client.get(accepted.headers["location"])
        while answer.json().get("status") == "pending":
            await asyncio.sleep(0.5)
            answer = await client.get(accepted.headers["location"])
        return answer
