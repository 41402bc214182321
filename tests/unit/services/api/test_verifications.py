"""A document and a selfie, one decision: what is kept, what is charged, what is lost when something dies."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from services.adapters.memory import MemoryBroker
from services.core.conventions import DECISION, VERIFICATIONS
from services.core.errors import FaceMissing, ImageCorrupt
from services.core.messages import Reply, Status, Task
from services.core.tenants import LOCAL_ID
from services.ports import Ports
from services.settings import Settings
from services.verification import image_keys
from tests.unit.services.conftest import talking_to
from tests.unit.services.rig import FakeClock, until
from tests.unit.services.tenancy import ASYNC, Front
from tests.unit.services.verified import (
    DOCUMENT,
    FILES,
    NAMES,
    PATH,
    SELFIE,
    Crew,
    document,
    faces,
    selfie,
)

KEY = {"Idempotency-Key": "order-7"}
RESULTS = {"document-ocr": document(), "face-match": faces(), "face-liveness": selfie()}


async def verified(client: httpx.AsyncClient, ports: Ports, **said: Any) -> httpx.Response:
    """The answer where the checks say so."""
    crew = await Crew.start(ports, **said)
    answer = await client.post(PATH, files=FILES)
    await crew.drain()
    return answer


def approved() -> float:
    """Of this process, so far."""
    return REGISTRY.get_sample_value(VERIFICATIONS, {DECISION: "approve"}) or 0.0


async def accepted(client: httpx.AsyncClient) -> str:
    return str((await client.post(PATH, files=FILES, headers=ASYNC)).headers["location"])


async def images_of(ports: Ports, verification_id: str) -> dict[str, bytes]:
    return await ports.objects.get(image_keys(LOCAL_ID, verification_id))


async def test_the_answer_holds_what_each_check_says(client: httpx.AsyncClient, ports: Ports) -> None:
    answer = await verified(client, ports)
    body = answer.json()
    assert (answer.status_code, body["check"], body["status"]) == (200, "verification", "done")
    assert body["model"]["name"] == "verification-policy"
    result = body["result"]
    assert (result["decision"], result["reasons"], result["hints"]) == ("approve", [], [])
    for name, part in zip(NAMES, result["checks"].values(), strict=True):
        check = (await client.get(f"/v1/checks/{part['id']}")).json()
        assert (check["check"], check["result"], part["refusal"]) == (name, part["result"], None)
    again = await client.get(f"{PATH}/{body['id']}")
    assert (again.status_code, again.json()) == (200, body)


async def test_each_image_goes_where_it_belongs_and_is_deleted_in_the_end(
    client: httpx.AsyncClient, ports: Ports
) -> None:
    location = await accepted(client)
    verification_id = location.rsplit("/", 1)[-1]
    assert list((await images_of(ports, verification_id)).values()) == [DOCUMENT, SELFIE]
    crew = await Crew.start(ports)
    await until(lambda: all(model.seen for model in crew.models.values()))
    await crew.drain()
    assert {name: list(model.seen[0].values()) for name, model in crew.models.items()} == {
        "document-ocr": [DOCUMENT],
        "face-match": [DOCUMENT, SELFIE],
        "face-liveness": [SELFIE],
    }
    assert await images_of(ports, verification_id) == {}


async def test_who_does_not_wait_is_told_where_to_look(client: httpx.AsyncClient) -> None:
    answer = await client.post(PATH, files=FILES, headers=ASYNC)
    body = answer.json()
    assert (answer.status_code, body["status"], body["check"]) == (202, "pending", "verification")
    assert answer.headers["location"] == f"{PATH}/{body['id']}"
    pending = await client.get(answer.headers["location"])
    assert (pending.status_code, pending.json()) == (200, body)
    assert pending.headers["location"] == answer.headers["location"]
    for other in (f"/v1/checks/{body['id']}", f"{PATH}/{'0' * 32}", f"{PATH}/x"):
        assert (await client.get(other)).json()["code"] == "check-not-found"


async def test_images_are_still_there_for_the_slowest_check(client: httpx.AsyncClient, ports: Ports) -> None:
    location = await accepted(client)
    for name in NAMES[1:]:
        await finished(ports, name)
    assert (await client.get(location)).json()["status"] == "pending"
    assert len(await images_of(ports, location.rsplit("/", 1)[-1])) == 2


async def test_the_workers_decide_when_the_api_is_gone(client: httpx.AsyncClient, ports: Ports) -> None:
    verification_id = (await accepted(client)).rsplit("/", 1)[-1]
    crew = await Crew.start(ports)
    await until(lambda: len(crew.rigs[0].replies) == 4)
    await crew.drain()
    record = await ports.results.get(LOCAL_ID, verification_id)
    assert record is not None
    assert record.status is Status.DONE


async def test_whoever_asks_decides_when_the_last_worker_died(
    client: httpx.AsyncClient, ports: Ports, settings: Settings
) -> None:
    location = await accepted(client)
    for name in NAMES:
        await finished(ports, name)
    before = approved()
    async with talking_to(ports, settings) as another:
        answers = await asyncio.gather(*(another.get(location) for _ in range(3)))
    assert approved() == before + 1
    assert {answer.json()["result"]["decision"] for answer in answers} == {"approve"}
    assert await images_of(ports, location.rsplit("/", 1)[-1]) == {}


async def test_a_decision_that_was_written_late_still_stands_after_the_deadline(
    client: httpx.AsyncClient, ports: Ports, clock: FakeClock, settings: Settings
) -> None:
    location = await accepted(client)
    for name in NAMES:
        await finished(ports, name)
    clock.now_s += settings.task_ttl_s
    assert (await client.get(location)).json()["status"] == "done"


async def test_without_workers_it_expires_for_good(
    client: httpx.AsyncClient, ports: Ports, clock: FakeClock, settings: Settings
) -> None:
    location = await accepted(client)
    await finished(ports, NAMES[0])
    clock.now_s += settings.task_ttl_s
    late = await client.get(location)
    assert (late.status_code, late.json()["code"], late.json()["billable"]) == (504, "check-expired", False)
    assert await images_of(ports, late.json()["id"]) == {}
    crew = await Crew.start(ports)
    await until(lambda: all(rig.replies for rig in crew.rigs[1:]))
    await crew.drain()
    assert (await client.get(location)).json() == late.json()


async def test_a_refusal_of_a_check_is_a_reason_and_a_hint(client: httpx.AsyncClient, ports: Ports) -> None:
    result = (await verified(client, ports, face_match=FaceMissing(image="image_a"))).json()["result"]
    assert result["decision"] == "review"
    assert result["reasons"] == [{"code": "document-face-unclear", "check": "face-match"}]
    assert result["hints"] == [{"image": "document", "code": "no-face"}]
    part = result["checks"]["face_match"]
    assert (part["result"], part["refusal"]["code"], part["refusal"]["image"]) == (
        None,
        "no-face",
        "document",
    )


async def test_an_image_that_cannot_be_read_is_named(client: httpx.AsyncClient, ports: Ports) -> None:
    problem = (await verified(client, ports, face_match=ImageCorrupt(image="image_b"))).json()
    assert (problem["status"], problem["code"], problem["image"]) == (422, "image-corrupt", "selfie")
    assert problem["billable"] is False


async def test_an_image_is_judged_before_anything_is_made(client: httpx.AsyncClient) -> None:
    answer = await client.post(PATH, files=FILES | {"selfie": b"no image"})
    assert (answer.status_code, answer.json()["image"]) == (415, "selfie")


async def test_a_check_that_breaks_is_worth_another_try_and_costs_nothing(shop: Front) -> None:
    headers = await shop.tenant("acme", quota_month=1)
    crew = await Crew.start(shop.ports, face_match=RuntimeError("poison"))
    failed = await shop.client.post(PATH, files=FILES, headers=headers | KEY)
    await crew.drain()
    body = failed.json()
    assert (failed.status_code, body["code"], body["billable"]) == (503, "verification-incomplete", False)
    assert body["detail"] == "face-match: model-failed"
    assert int(failed.headers["retry-after"]) > 0
    again = await shop.client.post(PATH, files=FILES, headers=headers | KEY | ASYNC)
    assert again.status_code == 202
    assert again.json()["id"] != body["id"]


async def test_a_verification_is_charged_once(shop: Front) -> None:
    headers = await shop.tenant("acme", burst=100, quota_month=2)
    crew = await Crew.start(shop.ports)
    for _ in range(2):
        assert (await shop.client.post(PATH, files=FILES, headers=headers)).status_code == 200
    await crew.drain()
    refused = await shop.client.post(PATH, files=FILES, headers=headers)
    assert refused.json()["code"] == "quota-exceeded"
    usage = (await shop.client.get("/v1/usage", headers=headers)).json()
    assert usage["lines"] == [{"check": "verification", "code": "done", "billable": True, "count": 2}]


async def test_one_that_is_on_its_way_counts_once(shop: Front) -> None:
    headers = await shop.tenant("acme", quota_month=100)
    answer = await shop.client.post(PATH, files=FILES, headers=headers | ASYNC)
    record = await shop.ports.tenants.find("acme")
    assert answer.status_code == 202
    assert record is not None
    assert await shop.ports.usage.committed(record.id, "1970-01", shop.clock.now()) == 1


async def test_a_key_covers_the_whole_verification(shop: Front) -> None:
    headers = await shop.tenant("acme")
    first, again = [
        await shop.client.post(PATH, files=FILES, headers=headers | KEY | ASYNC) for _ in range(2)
    ]
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert [(await shop.ports.broker.load(name)).waiting for name in NAMES] == [1, 1, 1]
    other = await shop.client.post(PATH, files=FILES | {"selfie": DOCUMENT}, headers=headers | KEY | ASYNC)
    assert other.json()["code"] == "idempotency-key-reused"


async def test_another_tenant_sees_neither_it_nor_its_checks(shop: Front) -> None:
    mine, theirs = await shop.tenant("mine"), await shop.tenant("theirs")
    crew = await Crew.start(shop.ports)
    body = (await shop.client.post(PATH, files=FILES, headers=mine)).json()
    await crew.drain()
    ids = [part["id"] for part in body["result"]["checks"].values()]
    for path in (f"{PATH}/{body['id']}", *(f"/v1/checks/{one}" for one in ids)):
        assert (await shop.client.get(path, headers=mine)).status_code == 200
        assert (await shop.client.get(path, headers=theirs)).status_code == 404


@pytest.mark.parametrize("room", [0, 1])
async def test_a_full_queue_is_said_and_nothing_is_left(ports: Ports, settings: Settings, room: int) -> None:
    broker = MemoryBroker(max_tasks=1)
    if room:  # for the first two, not for the third
        await broker.publish(Task(id="x", check=NAMES[2], images={}, created_at_s=0, deadline_s=0))
    full = replace(ports, broker=broker if room else MemoryBroker(max_tasks=0))
    async with talking_to(full, settings) as client:
        answer = await client.post(PATH, files=FILES, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (503, "queue-full")
    assert settings.data_dir is not None
    assert not [file for file in (settings.data_dir / "objects").rglob("*") if file.is_file()]
    assert await ports.usage.committed(LOCAL_ID, "1970-01", 0) == 0
    assert [line.code for line in await ports.usage.of_month(LOCAL_ID, "1970-01")] == ["queue-full"]


async def finished(ports: Ports, name: str) -> None:
    """A worker writes the result of a task down, and dies."""
    consumer = await ports.broker.consume(name, 1)
    delivery = await consumer.take()
    assert delivery is not None
    task = Task.decode(delivery.body)
    result = RESULTS[name].model_dump(mode="json")
    await ports.results.finish(Reply(id=task.id, check=name, status=Status.DONE, result=result))
    await delivery.ack()
    await consumer.stop()
