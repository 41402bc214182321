"""A check that is deleted is gone, whatever a worker says, and the receipt proves it."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64decode
from dataclasses import replace
from typing import Any

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.adapters.fallback_objects import FallbackObjects
from services.adapters.sealing import SealedObjects, Sealer, new_keys
from services.chores import bring_home, finish_deletions
from services.core.conventions import image_key
from services.ports import Ports
from services.settings import Settings
from tests.unit.services.adapters.buckets import BucketClock, Fate, MemoryBucket, at_once
from tests.unit.services.conftest import talking_to
from tests.unit.services.rig import Rig, StubModel, queued, until
from tests.unit.services.tenancy import ASYNC, CHECK, FILES, PATH, Front

PARTS = ("image_a", "image_b")


async def accepted(shop: Front, headers: dict[str, str]) -> tuple[str, str]:
    """A new check's id, and its path."""
    answer = await shop.post(headers, ASYNC)
    return answer.json()["id"], f"/v1/checks/{answer.json()['id']}"


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read_receipt(receipt: str, keys: list[dict[str, str]]) -> dict[str, Any]:
    """As RFC 7515 has it, with nothing of ours. Raises InvalidSignature."""
    head, payload, signature = receipt.split(".")
    header = json.loads(decoded(head))
    (key,) = [key for key in keys if key["kid"] == header["kid"]]
    assert (header["alg"], key["kty"], key["crv"]) == ("EdDSA", "OKP", "Ed25519")
    public = Ed25519PublicKey.from_public_bytes(decoded(key["x"]))
    public.verify(decoded(signature), f"{head}.{payload}".encode())
    said: dict[str, Any] = json.loads(decoded(payload))
    return said


async def test_a_done_check_is_gone_and_proved(shop: Front) -> None:
    acme = await shop.tenant("acme")
    check_id, path = await accepted(shop, acme)
    await shop.worked()
    assert (await shop.client.get(path, headers=acme)).status_code == 200
    answer = await shop.client.delete(path, headers=acme)
    body = answer.json()
    assert (answer.status_code, body["id"], body["complete"]) == (200, check_id, True)
    kinds = [(one["kind"], one["sha256"] is not None) for one in body["erased"]]
    assert kinds[:2] == [("check", False), ("result", True)]
    gone = await shop.client.get(path, headers=acme)
    assert (gone.status_code, gone.json()["code"]) == (410, "check-deleted")
    assert (await shop.client.delete(path, headers=acme)).json() == body
    assert (await shop.client.get(f"/v1/deletions/{check_id}", headers=acme)).json() == body
    assert (await shop.client.get("/v1/usage", headers=acme)).json()["billable"] == 1


async def test_a_receipt_says_what_is_gone_and_cannot_be_changed(shop: Front) -> None:
    acme = await shop.tenant("acme")
    check_id, path = await accepted(shop, acme)
    body = (await shop.client.delete(path, headers=acme)).json()
    keys = (await shop.client.get("/v1/deletions/keys", headers=acme)).json()["keys"]
    said = read_receipt(body["receipt"], keys)
    assert (said["sub"], said["check"], said["erased"]) == (check_id, CHECK, body["erased"])
    assert (said["iat"], said["deleted_at_s"]) == (int(shop.clock.now()), shop.clock.now())
    head, payload, signature = body["receipt"].split(".")
    other = payload[:-2] + ("AA" if payload[-2:] != "AA" else "BB")
    with pytest.raises(InvalidSignature):
        read_receipt(f"{head}.{other}.{signature}", keys)


async def test_a_pending_check_goes_with_its_images(shop: Front) -> None:
    acme = await shop.tenant("acme")
    check_id, path = await accepted(shop, acme)
    (tenant,) = await shop.ports.tenants.all()
    keys = [image_key(tenant.id, CHECK, check_id, part) for part in PARTS]
    assert len(await shop.ports.objects.get(keys)) == 2
    body = (await shop.client.delete(path, headers=acme)).json()
    images = [one for one in body["erased"] if one["kind"] == "image"]
    assert [one["id"] for one in images] == keys
    assert all(len(one["sha256"]) == 64 for one in images)
    assert await shop.ports.objects.get(keys) == {}
    await shop.worked()
    assert (await shop.client.get(path, headers=acme)).status_code == 410
    assert (await shop.client.get("/v1/usage", headers=acme)).json()["billable"] == 0


async def test_one_tenant_deletes_nothing_of_another(shop: Front) -> None:
    acme, rival = await shop.tenant("acme"), await shop.tenant("rival")
    check_id, path = await accepted(shop, acme)
    refused = await shop.client.delete(path, headers=rival)
    assert (refused.status_code, refused.json()["code"]) == (404, "check-not-found")
    assert (await shop.client.get(path, headers=acme)).json()["status"] == "pending"
    await shop.client.delete(path, headers=acme)
    for verb, other in (("GET", path), ("DELETE", path), ("GET", f"/v1/deletions/{check_id}")):
        answer = await shop.client.request(verb, other, headers=rival)
        assert answer.status_code == 404
        assert check_id not in answer.text


@pytest.mark.parametrize(
    ("path", "code"), [("checks", "check-not-found"), ("deletions", "deletion-not-found")]
)
async def test_what_was_never_there_is_unknown(client: httpx.AsyncClient, path: str, code: str) -> None:
    verb = "DELETE" if path == "checks" else "GET"
    answer = await client.request(verb, f"/v1/{path}/{'0' * 32}")
    assert (answer.status_code, answer.json()["code"]) == (404, code)


async def test_a_worker_drops_what_was_deleted_before_it_came(
    client: httpx.AsyncClient, ports: Ports, rig: Rig, model: StubModel
) -> None:
    model.free.clear()
    computing = await queued(ports, "computing")
    await until(lambda: model.batches == [["computing"]])
    for _ in range(2):
        assert (await client.delete(f"/v1/checks/{computing.id}")).status_code == 200
    model.free.set()
    reply = await rig.reply(computing.id)
    assert (reply.result, (reply.error or {})["code"]) == (None, "check-deleted")
    assert (await client.get(f"/v1/checks/{computing.id}")).status_code == 410
    deleted = await queued(ports, "never-seen")
    await client.delete(f"/v1/checks/{deleted.id}")
    assert rig.broker.dead(deleted.check) == []


class Outage:
    """An API over two buckets, of which one goes away."""

    def __init__(self, ports: Ports, settings: Settings):
        clock = BucketClock(at_once)
        self.primary, self.fallback = MemoryBucket(clock), MemoryBucket(clock)
        self.clock = clock
        pair = FallbackObjects(self.primary, self.fallback, clock)
        self.ports = replace(ports, objects=SealedObjects(pair, Sealer.of(new_keys("k"))))
        self.client = talking_to(self.ports, settings)

    def images(self) -> list[str]:
        return [key for bucket in (self.primary, self.fallback) for key in bucket.held if CHECK in key]


async def test_what_lies_in_a_store_that_is_away_is_deleted_later_and_proved_then(
    ports: Ports, settings: Settings
) -> None:
    outage = Outage(ports, settings)
    made = (await outage.client.post(PATH, files=FILES, headers=ASYNC)).json()
    outage.primary.fails(Fate.REFUSED)
    answer = await outage.client.delete(f"/v1/checks/{made['id']}")
    assert (answer.status_code, answer.json()["complete"], answer.json()["receipt"]) == (202, False, None)
    assert (await outage.client.get(f"/v1/checks/{made['id']}")).status_code == 410
    outage.ports.clock.now_s += 61  # type: ignore[attr-defined]
    await finish_deletions.CHORE.run(outage.ports)
    found = await outage.client.get(answer.headers["location"])
    assert found.json()["complete"] is False
    outage.primary.fails(Fate.WELL)
    outage.clock.now_s += 3600
    await bring_home.CHORE.run(outage.ports)
    assert [key for key in outage.images() if not key.startswith("bookkeeping")] == []
    await until_closed(outage)
    await finish_deletions.CHORE.run(outage.ports)
    found = await outage.client.get(answer.headers["location"])
    assert (found.json()["complete"], found.json()["receipt"] is None) == (True, False)
    await outage.ports.objects.close()


async def until_closed(outage: Outage) -> None:
    """The breaker's probe finds the store back."""
    for _ in range(5):
        await asyncio.sleep(0)
