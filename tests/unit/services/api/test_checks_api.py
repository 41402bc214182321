"""How the API waits, gives up waiting, and what it says when something is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from services.adapters.memory import MemoryBroker
from services.api import checks
from services.core.conventions import image_key
from services.core.errors import BrokerUnavailable, ResultsUnavailable, StoreUnavailable
from services.core.idempotency import Claim
from services.core.messages import Record, Reply, Status, Task
from services.core.tenants import LOCAL_ID
from services.ports import Ports
from services.settings import Settings
from tests.unit.services.conftest import talking_to
from tests.unit.services.corpus import drawing, encoded
from tests.unit.services.rig import FakeClock

IMAGE = encoded(drawing(), "PNG")
FILES = {"image_a": IMAGE, "image_b": IMAGE}
CHECK = "face-match"


async def post(client: httpx.AsyncClient, **headers: str) -> httpx.Response:
    return await client.post(f"/v1/{CHECK}", files=FILES, headers=headers)


async def answered(ports: Ports) -> Reply:
    """Do what a worker does, without a model."""
    consumer = await ports.broker.consume(CHECK, 1)
    delivery = await consumer.take()
    assert delivery is not None
    task = Task.decode(delivery.body)
    reply = Reply(
        id=task.id, check=CHECK, status=Status.DONE, result={"score": 1.0}, timings_ms={"total": 1.26}
    )
    await ports.results.finish(reply)
    await delivery.reply(reply)
    await delivery.ack()
    return reply


async def test_an_answer_in_time_is_the_answer(client: httpx.AsyncClient, ports: Ports) -> None:
    answer, reply = await asyncio.gather(post(client), answered(ports))
    assert answer.status_code == 200
    assert answer.json()["id"] == reply.id
    assert answer.json()["timings_ms"] == {"total": 1.3}


async def test_who_does_not_wait_is_told_where_to_look(client: httpx.AsyncClient, ports: Ports) -> None:
    accepted = await post(client, Prefer="respond-async")
    body = accepted.json()
    assert accepted.status_code == 202
    assert body == {"id": body["id"], "check": CHECK, "status": "pending"}
    assert accepted.headers["location"] == f"/v1/checks/{body['id']}"
    assert accepted.headers["preference-applied"] == "respond-async"
    assert int(accepted.headers["retry-after"]) > 0

    pending = await client.get(accepted.headers["location"])
    assert (pending.status_code, pending.json()) == (200, body)
    await answered(ports)
    done = await client.get(accepted.headers["location"])
    assert (done.status_code, done.json()["status"]) == (200, "done")


async def test_the_deadline_for_an_answer_is_kept(ports: Ports, settings: Settings) -> None:
    async with talking_to(ports, settings.model_copy(update={"answer_within_s": 0.2})) as client:
        async with asyncio.timeout(1):
            answer = await post(client)
    assert answer.status_code == 202


async def test_a_lost_reply_is_found_in_the_results(
    ports: Ports, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "LOOK_EVERY_S", 0.05)
    deaf = _Changed(ports.broker, on_reply=lambda _listener: None)
    async with talking_to(replace(ports, broker=deaf), settings) as client:
        answer, _ = await asyncio.gather(post(client), answered(ports))
    assert answer.status_code == 200


async def test_an_expired_check_stays_expired(
    client: httpx.AsyncClient, ports: Ports, clock: FakeClock, settings: Settings
) -> None:
    accepted = await post(client, Prefer="respond-async")
    clock.now_s += settings.task_ttl_s
    late = await client.get(accepted.headers["location"])
    assert (late.status_code, late.json()["code"]) == (504, "check-expired")
    keys = [image_key(LOCAL_ID, CHECK, late.json()["id"], part) for part in FILES]
    assert await ports.objects.get(keys) == {}
    await answered(ports)
    assert (await client.get(accepted.headers["location"])).json() == late.json()


@pytest.mark.parametrize("check_id", ["0" * 32, "none", "%00", "A" * 32, "0" * 33, "..%2f..%2fetc"])
async def test_an_unknown_check_is_not_found(client: httpx.AsyncClient, check_id: str) -> None:
    answer = await client.get(f"/v1/checks/{check_id}")
    assert answer.status_code == 404
    assert answer.json()["code"] in {"check-not-found", "not-found"}


async def test_a_full_queue_is_said_and_nothing_is_left(ports: Ports, settings: Settings) -> None:
    ports = replace(ports, broker=MemoryBroker(max_tasks=0))
    await _refused_without_a_trace(ports, settings, "queue-full")


async def test_a_broker_that_is_away_is_said_and_nothing_is_left(ports: Ports, settings: Settings) -> None:
    async def away(_task: Task) -> None:
        raise BrokerUnavailable

    await _refused_without_a_trace(
        replace(ports, broker=_Changed(ports.broker, publish=away)), settings, "broker-unavailable"
    )


async def test_a_store_that_is_away_is_said_and_nothing_is_left(ports: Ports, settings: Settings) -> None:
    async def away(_objects: object) -> None:
        raise StoreUnavailable

    await _refused_without_a_trace(
        replace(ports, objects=_Changed(ports.objects, put=away)), settings, "store-unavailable"
    )


async def test_results_that_are_away_are_said(ports: Ports, settings: Settings) -> None:
    async def away(*_: object) -> None:
        raise ResultsUnavailable

    results = _Changed(ports.results, create=away, get=away)
    async with talking_to(replace(ports, results=results), settings) as client:
        assert (await post(client)).json()["code"] == "results-unavailable"
        assert (await client.get(f"/v1/checks/{'0' * 32}")).status_code == 503


async def test_a_bug_is_a_problem_without_its_traceback(ports: Ports, settings: Settings) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("secret")

    async with talking_to(replace(ports, results=_Changed(ports.results, create=broken)), settings) as client:
        answer = await post(client)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert "secret" not in answer.text


async def _refused_without_a_trace(ports: Ports, settings: Settings, code: str) -> None:
    seen: list[Task] = []

    async def create(task: Task, claim: Claim | None) -> bool:
        seen.append(task)
        return await results.create(task, claim)

    results = ports.results
    async with talking_to(replace(ports, results=_Changed(results, create=create)), settings) as client:
        answer = await post(client)
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert int(answer.headers["retry-after"]) > 0
    (task,) = seen
    record = await results.get(LOCAL_ID, task.id)
    assert isinstance(record, Record)
    assert record.status is Status.FAILED
    assert await ports.objects.get(list(task.images.values())) == {}


class _Changed:
    """A port with some of its methods replaced."""

    def __init__(self, port: object, **methods: Callable[..., object]):
        self._port = port
        self.__dict__.update(methods)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)
