"""Real processes on real engines: workers die, brokers leave, platforms stop things; no answer is lost."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import perf_counter
from urllib.parse import urlsplit

import httpx
import pytest

from services.adapters.rabbitmq import RabbitBroker
from services.core.conventions import task_queue
from tests.engines import Engines, containers, docker
from tests.faces import face_pairs
from tests.ports.live import Process, Wire, environment, started
from tests.ports.test_broker import new_task

pytestmark = pytest.mark.engines

API, WORKER, JANITOR = ("api",), ("worker", "face-match"), ("janitor",)
AT_ONCE = 8


@pytest.fixture
async def wire(service_engines: Engines) -> AsyncIterator[Wire]:
    """Between the processes and the broker."""
    broker = urlsplit(service_engines.broker_url)
    wire = Wire(broker.hostname or "", broker.port or 5672)
    await wire.join()
    yield wire
    await wire.cut()


@pytest.fixture
def env(service_engines: Engines, wire: Wire) -> dict[str, str]:
    broker = urlsplit(service_engines.broker_url)
    through = broker._replace(netloc=f"{broker.username}:{broker.password}@127.0.0.1:{wire.port}")
    return environment(service_engines, EKYC_BROKER_URL=through.geturl())


class Client:
    """Sends one pair again and again, and follows each check to its end."""

    def __init__(self, url: str):
        pair = next(pair for pair in face_pairs() if pair.same)
        self._files = {"image_a": pair.a.read_bytes(), "image_b": pair.b.read_bytes()}
        self._http = httpx.AsyncClient(base_url=url, timeout=60)
        self.seen: Counter[str] = Counter()

    async def post(self) -> httpx.Response:
        return await self._http.post("/v1/face-match", files=self._files)

    async def answer(self) -> None:
        """Insist, as an honest client does: 503 is tried again, 202 is polled."""
        answer = await self.post()
        while answer.status_code == 503:
            self.seen[answer.json()["code"]] += 1
            await asyncio.sleep(float(answer.headers["retry-after"]))
            answer = await self.post()
        while answer.json().get("status") == "pending":
            await asyncio.sleep(0.5)
            answer = await self._http.get(answer.headers["location"])
        assert answer.json()["result"]["match"] is True
        self.seen["answered"] += 1

    async def answers(self, count: int) -> None:
        """So many, a few at once."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one() -> None:
            async with gate:
                await self.answer()

        await asyncio.gather(*(one() for _ in range(count)))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(180):
        while not condition():  # noqa: ASYNC110  # a counter knows nothing of events
            await asyncio.sleep(0.02)


async def test_a_killed_worker_loses_nothing(env: dict[str, str]) -> None:
    async with started(env, API, WORKER, WORKER) as (api, doomed, _other):
        client = Client(api.url)
        load = asyncio.create_task(client.answers(60))
        await until(lambda: client.seen["answered"] >= 10)
        doomed.signal(signal.SIGKILL)
        await load
        assert client.seen["answered"] == 60


async def test_a_drained_worker_hands_back_and_ends_well(env: dict[str, str]) -> None:
    async with started(env, API, WORKER, WORKER) as (api, leaving, _other):
        client = Client(api.url)
        load = asyncio.create_task(client.answers(40))
        await until(lambda: client.seen["answered"] >= 10)
        leaving.signal(signal.SIGTERM)
        leaving.signal(signal.SIGTERM)
        assert await leaving.ended() == 0
        await load
        assert client.seen == {"answered": 40}


async def test_a_stopping_api_answers_what_it_took(env: dict[str, str]) -> None:
    async with started(env, API, WORKER) as (api, _worker):
        client = Client(api.url)
        load = [asyncio.create_task(client.post()) for _ in range(4)]
        await asyncio.sleep(0.2)
        api.signal(signal.SIGTERM)
        await api.until_ready(False)
        assert [answer.status_code for answer in await asyncio.gather(*load)] == [200] * 4
        assert await api.ended() == 0


async def test_the_broker_may_leave_and_come_back(env: dict[str, str], wire: Wire) -> None:
    async with started(env, API, WORKER) as (api, worker):
        client = Client(api.url)
        load = asyncio.create_task(client.answers(30))
        await until(lambda: client.seen["answered"] >= 5)
        await wire.cut()
        await _refused_at_once(client)
        await asyncio.gather(api.until_ready(False), worker.until_ready(False))
        await wire.join()
        await asyncio.gather(api.until_ready(), worker.until_ready())
        await load
        assert client.seen["answered"] == 30
        assert (await client.post()).status_code == 200


@pytest.fixture
async def stores(service_engines: Engines) -> AsyncIterator[dict[str, Wire]]:
    """Between the processes and each object store."""
    endpoints = {
        "EKYC_S3_ENDPOINT": service_engines.s3_endpoint,
        "EKYC_FALLBACK_S3_ENDPOINT": service_engines.fallback_s3_endpoint,
    }
    wires = {}
    for variable, endpoint in endpoints.items():
        parts = urlsplit(endpoint)
        wires[variable] = Wire(parts.hostname or "", parts.port or 80)
        await wires[variable].join()
    yield wires
    for wire in wires.values():
        await wire.cut()


async def test_an_object_store_may_leave_and_come_back(
    service_engines: Engines, stores: dict[str, Wire]
) -> None:
    through = {variable: f"http://127.0.0.1:{wire.port}" for variable, wire in stores.items()}
    primary, fallback = stores.values()
    async with started(environment(service_engines, **through), API, WORKER, JANITOR) as (api, *_):
        client, other = Client(api.url), Client(api.url)
        load = asyncio.create_task(client.answers(40))
        await until(lambda: client.seen["answered"] >= 10)
        await primary.cut()
        # Those whose images are in the primary wait for it; they hold nobody up.
        await other.answers(10)
        assert (await _store(api)) == {"ready": True, "reason": "degraded: the primary store is away"}
        await primary.join()
        await load
        assert (client.seen, other.seen) == ({"answered": 40}, {"answered": 10})

        await primary.cut()
        await fallback.cut()
        await api.until_ready(False)
        answer = await client.post()
        assert (answer.status_code, answer.json()["code"]) == (503, "store-unavailable")
        await fallback.join()
        await api.until_ready()
        assert (await client.post()).status_code == 200


async def _store(api: Process) -> dict[str, object]:
    found: dict[str, object] = (await api.get("/readyz")).json()["dependencies"]["objects"]
    return found


async def test_processes_may_start_before_the_broker(env: dict[str, str], wire: Wire) -> None:
    await wire.cut()
    api, worker = await Process.start(*API, env=env), await Process.start(*WORKER, env=env)
    try:
        await asyncio.sleep(3)
        await wire.join()
        await asyncio.gather(api.until_ready(), worker.until_ready())
        assert (await Client(api.url).post()).status_code == 200
    finally:
        for process in (api, worker):
            process.signal(signal.SIGTERM)
            assert await process.ended() == 0


async def test_a_queue_without_a_leader_is_not_taken_for_a_full_one(
    service_engines: Engines, check: str
) -> None:
    """A publisher that has just connected is refused with the same word in both cases."""
    async with connected(service_engines) as before:
        await before.publish(new_task(check))
        await asyncio.to_thread(on_every_member, check, "stop_server")
        async with connected(service_engines) as broker:
            publishing = asyncio.create_task(broker.publish(new_task(check)))
            await asyncio.sleep(1)
            assert not publishing.done()
            await asyncio.to_thread(on_every_member, check, "restart_server")
            await publishing


@asynccontextmanager
async def connected(engines: Engines) -> AsyncIterator[RabbitBroker]:
    broker = RabbitBroker(engines.broker_url)
    await broker.open()
    try:
        yield broker
    finally:
        await broker.close()


def on_every_member(check: str, action: str) -> None:
    """Let the members of the queue go or come: `action` is a function of RabbitMQ's Raft library."""
    word = f"ra:{action}(quorum_queues, {{'%2F_{task_queue(check)}', node()}})."
    for node, identity in containers("rabbitmq"):
        docker("exec", node, "docker", "exec", identity, "rabbitmqctl", "eval", word)


async def _refused_at_once(client: Client) -> None:
    await asyncio.sleep(0.2)
    asked = perf_counter()
    answer = await client.post()
    assert (answer.status_code, answer.json()["code"]) == (503, "broker-unavailable")
    assert perf_counter() - asked < 10
