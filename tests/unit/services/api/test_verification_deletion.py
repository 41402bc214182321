"""A verification goes whole: its checks, its pictures and its session, and nobody brings it back."""

from __future__ import annotations

from collections import Counter

import httpx
import pytest

from services.core.events import TYPES
from services.core.tenants import LOCAL_ID
from services.core.webhooks import Endpoint, new_secret
from services.ports import Ports
from services.settings import Settings
from services.verification import image_keys
from tests.unit.services.api.test_sessions import Business, Phone, stored
from tests.unit.services.tenancy import ASYNC, Front
from tests.unit.services.verified import FILES, PATH, Crew

IMAGES = 2
CHECKS = 4


@pytest.fixture
async def business(shop: Front) -> Business:
    return Business(shop, await shop.tenant("acme"))


@pytest.fixture
async def phone(business: Business) -> Phone:
    return await business.phone(reference="customer-7")


async def done(client: httpx.AsyncClient, ports: Ports) -> dict[str, object]:
    crew = await Crew.start(ports)
    body: dict[str, object] = (await client.post(PATH, files=FILES)).json()
    await crew.drain()
    return body


async def test_a_done_verification_goes_with_all_of_its_checks(
    client: httpx.AsyncClient, ports: Ports
) -> None:
    body = await done(client, ports)
    answer = await client.delete(f"{PATH}/{body['id']}")
    receipt = answer.json()
    assert (answer.status_code, receipt["check"], receipt["complete"]) == (200, "verification", True)
    assert Counter(one["kind"] for one in receipt["erased"]) == {"check": CHECKS, "result": CHECKS}
    assert (await client.get(f"{PATH}/{body['id']}")).json()["code"] == "check-deleted"
    assert await ports.results.parts(LOCAL_ID, str(body["id"])) == []
    assert (await client.delete(f"{PATH}/{body['id']}")).json() == receipt


async def test_one_of_its_checks_does_not_go_alone(client: httpx.AsyncClient, ports: Ports) -> None:
    body = await done(client, ports)
    parts = await ports.results.parts(LOCAL_ID, str(body["id"]))
    for part in parts:
        refused = await client.delete(f"/v1/checks/{part.id}")
        assert (refused.status_code, refused.json()["code"]) == (409, "check-is-part")
        assert str(body["id"]) in refused.json()["detail"]
    assert (await client.get(f"{PATH}/{body['id']}")).json() == body


async def test_a_pending_one_is_not_brought_back_by_its_workers(
    client: httpx.AsyncClient, ports: Ports
) -> None:
    location = (await client.post(PATH, files=FILES, headers=ASYNC)).headers["location"]
    verification_id = location.rpartition("/")[2]
    receipt = (await client.delete(location)).json()
    assert Counter(one["kind"] for one in receipt["erased"]) == {"check": CHECKS, "image": IMAGES}
    assert await ports.objects.get(image_keys(LOCAL_ID, verification_id)) == {}
    crew = await Crew.start(ports)
    await crew.drain()
    assert (await client.get(location)).status_code == 410
    assert await ports.results.parts(LOCAL_ID, verification_id) == []


async def test_its_session_goes_with_the_pictures_that_it_still_holds(
    business: Business, phone: Phone, settings: Settings
) -> None:
    await phone.fill()
    assert (await phone.submit()).json()["status"] == "processing"
    verification_id = (await business.get(phone))["verification"]["id"]
    answer = await business.shop.client.delete(f"{PATH}/{verification_id}", headers=business.headers)
    kinds = Counter(one["kind"] for one in answer.json()["erased"])
    assert (kinds["session"], kinds["image"]) == (1, 2 * IMAGES)
    assert stored(settings) == []
    assert (await business.get(phone))["code"] == "session-not-found"
    assert (await phone.get()).status_code == 401


async def test_a_verification_is_one_event_and_its_checks_are_none(
    client: httpx.AsyncClient, ports: Ports
) -> None:
    endpoint = Endpoint(id="e", tenant_id=LOCAL_ID, url="https://h/", events=list(TYPES), created_at_s=0)
    assert await ports.webhooks.add(endpoint, [new_secret()])
    body = await done(client, ports)
    (delivery,) = await ports.outbox.page(endpoint.id, 9)
    assert delivery.type == "verification.completed"
    assert f"{PATH}/{body['id']}" in delivery.payload
