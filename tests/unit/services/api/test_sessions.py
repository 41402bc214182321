"""Phones: a token, two slots, and no word about the decision."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from services.api.session_gate import READ_BURST, WRITE_BURST
from services.core.errors import ImageCorrupt, ResultsUnavailable
from services.core.quality import QualityReason
from services.core.sessions import LIFETIME_S, MOST_ATTEMPTS, Session
from services.core.verification_policy import Decision
from services.ports import Ports
from services.settings import Settings
from tests.unit.services.conftest import talking_to
from tests.unit.services.corpus import refused
from tests.unit.services.tenancy import ASYNC, PATH, Front, bearer
from tests.unit.services.verified import DOCUMENT, FILES, SELFIE, Crew, selfie

SESSIONS = "/v1/sessions"


@dataclass
class Phone:
    """Holds an id and a token."""

    client: httpx.AsyncClient
    id: str
    token: str

    async def put(self, slot: str, image: bytes = SELFIE) -> httpx.Response:
        return await self.client.put(
            f"{SESSIONS}/{self.id}/{slot}", content=image, headers=bearer(self.token)
        )

    async def submit(self) -> httpx.Response:
        return await self.client.post(f"{SESSIONS}/{self.id}/submit", headers=bearer(self.token))

    async def get(self) -> httpx.Response:
        return await self.client.get(f"{SESSIONS}/{self.id}", headers=bearer(self.token))

    async def fill(self) -> None:
        for slot, image in FILES.items():
            assert (await self.put(slot, image)).status_code == 200

    async def settled(self, ports: Ports, **said: Any) -> dict[str, Any]:
        """Submit, and wait until the checks said so."""
        crew = await Crew.start(ports, **said)
        answer = await self.submit()
        assert answer.status_code in {200, 202}  # the checks may have been quicker
        async with asyncio.timeout(5):
            while answer.json()["status"] == "processing":
                await asyncio.sleep(0.01)
                answer = await self.get()
                await ports.clock.sleep(1)
        await crew.drain()
        state: dict[str, Any] = answer.json()
        return state


@dataclass
class Business:
    """A tenant and its key."""

    shop: Front
    headers: dict[str, str]

    async def phone(self, **wanted: object) -> Phone:
        answer = await self.shop.client.post(SESSIONS, json=wanted, headers=self.headers)
        assert answer.status_code == 201, answer.text
        body = answer.json()
        assert answer.headers["location"] == f"{SESSIONS}/{body['id']}"
        return Phone(self.shop.client, body["id"], body["token"])

    async def get(self, phone: Phone) -> dict[str, Any]:
        answer = await self.shop.client.get(f"{SESSIONS}/{phone.id}", headers=self.headers)
        state: dict[str, Any] = answer.json()
        return state

    async def charged(self) -> list[tuple[str, str, int]]:
        usage = (await self.shop.client.get("/v1/usage", headers=self.headers)).json()
        return [(line["check"], line["code"], line["count"]) for line in usage["lines"]]


@pytest.fixture
async def business(shop: Front) -> Business:
    return Business(shop, await shop.tenant("acme", rate_rps=1000, burst=1000, quota_month=10))


@pytest.fixture
async def phone(business: Business) -> Phone:
    return await business.phone(reference="customer-7")


def stored(settings: Settings) -> list[str]:
    """Names of the files in the object store."""
    assert settings.data_dir is not None
    return [file.name for file in (settings.data_dir / "objects").rglob("*") if file.is_file()]


async def test_a_phone_takes_pictures_and_the_business_reads_the_result(
    business: Business, phone: Phone, settings: Settings
) -> None:
    fresh = (await phone.get()).json()
    assert (fresh["status"], fresh["slots"], fresh["attempts_left"]) == (
        "open",
        {"document": False, "selfie": False},
        MOST_ATTEMPTS,
    )
    await phone.fill()
    state = await phone.settled(business.shop.ports)
    assert (state["status"], state["hints"], state["retry_after_s"]) == ("done", [], None)
    seen = await business.get(phone)
    assert seen["reference"] == "customer-7"
    assert seen["verification"]["status"] == "done"
    assert seen["verification"]["result"]["decision"] == "approve"
    look_up = f"/v1/verifications/{seen['verification']['id']}"
    answer = await business.shop.client.get(look_up, headers=business.headers)
    assert answer.json()["result"] == seen["verification"]["result"]
    assert await business.charged() == [("verification", "done", 1)]
    assert stored(settings) == []


async def test_a_token_is_told_nothing_of_the_decision(business: Business, phone: Phone) -> None:
    await phone.fill()
    state = await phone.settled(business.shop.ports, face_liveness=selfie(0.01))
    assert state["status"] == "done"
    assert not any(word in str(state) for word in (*Decision, "spoof", "acme", "customer-7"))
    assert (await business.get(phone))["verification"]["result"]["decision"] == "reject"


async def test_a_poor_picture_is_taken_again_and_the_other_one_is_kept(
    business: Business, phone: Phone
) -> None:
    await phone.fill()
    state = await phone.settled(
        business.shop.ports, face_liveness=selfie(0.5, QualityReason.TOO_DARK, QualityReason.BLURRED)
    )
    assert (state["status"], state["attempts_left"]) == ("open", MOST_ATTEMPTS - 1)
    assert state["slots"] == {"document": True, "selfie": False}
    assert state["hints"] == [{"image": "selfie", "code": code} for code in ("too-dark", "blurred")]
    incomplete = await phone.submit()
    assert (incomplete.status_code, incomplete.json()["code"], incomplete.json()["image"]) == (
        409,
        "session-incomplete",
        "selfie",
    )
    again = (await phone.put("selfie")).json()
    assert (again["slots"], again["hints"]) == ({"document": True, "selfie": True}, [])
    assert (await phone.settled(business.shop.ports))["status"] == "done"
    assert (await business.get(phone))["verification"]["result"]["decision"] == "approve"
    assert await business.charged() == [("verification", "done", 2)]


async def test_tries_are_bounded(business: Business, phone: Phone) -> None:
    await phone.fill()
    for left in reversed(range(MOST_ATTEMPTS)):
        await phone.put("selfie")
        state = await phone.settled(business.shop.ports, face_liveness=selfie(0.5, QualityReason.TOO_DARK))
        assert (state["status"], state["attempts_left"]) == ("open" if left else "done", left)
    refused = await phone.put("selfie")
    assert (refused.status_code, refused.json()["code"]) == (409, "session-closed")
    assert (await phone.submit()).status_code == 200
    assert await business.charged() == [("verification", "done", MOST_ATTEMPTS)]


async def test_a_failure_of_ours_costs_no_try_and_no_picture(business: Business, phone: Phone) -> None:
    await phone.fill()
    state = await phone.settled(business.shop.ports, face_match=RuntimeError("poison"))
    assert (state["status"], state["failure"]) == ("open", "verification-incomplete")
    assert (state["attempts_left"], state["slots"]["selfie"], state["hints"]) == (MOST_ATTEMPTS, True, [])
    assert state["retry_after_s"]
    error = (await business.get(phone))["verification"]["error"]
    assert error["code"] == "verification-incomplete"
    assert (await phone.settled(business.shop.ports))["status"] == "done"


async def test_a_picture_that_cannot_be_read_is_taken_again(business: Business, phone: Phone) -> None:
    await phone.fill()
    state = await phone.settled(business.shop.ports, face_match=ImageCorrupt(image="image_b"))
    assert state["status"] == "open"
    assert state["hints"] == [{"image": "selfie", "code": "image-corrupt"}]
    assert (await business.get(phone))["verification"]["error"]["code"] == "image-corrupt"


async def test_a_session_ends_in_time(business: Business, phone: Phone) -> None:
    await phone.fill()
    business.shop.clock.now_s += LIFETIME_S
    for answer in (await phone.put("selfie"), await phone.submit()):
        assert (answer.status_code, answer.json()["code"]) == (410, "session-expired")
    assert (await phone.get()).json()["status"] == "expired"
    assert (await business.get(phone))["status"] == "expired"
    assert await business.charged() == []


async def test_an_outage_that_outlasts_the_session_leaves_no_picture(
    business: Business, phone: Phone, settings: Settings
) -> None:
    await phone.fill()
    await phone.submit()
    business.shop.clock.now_s += LIFETIME_S
    assert (await phone.get()).json()["status"] == "expired"
    assert stored(settings) == []


async def test_pictures_that_nobody_submits_go_with_the_chore(
    business: Business, phone: Phone, settings: Settings
) -> None:
    await phone.fill()
    assert len(stored(settings)) == 2
    await business.shop.ports.objects.expire(time.time() + 60)
    assert stored(settings) == []
    assert (await phone.submit()).json()["code"] == "session-incomplete"


async def test_a_picture_takes_the_place_of_another(phone: Phone, settings: Settings) -> None:
    await phone.put("document")
    first = stored(settings)
    await phone.put("document", DOCUMENT)
    assert len(stored(settings)) == 1
    assert stored(settings) != first


async def test_both_pictures_may_come_at_once(phone: Phone) -> None:
    await asyncio.gather(*(phone.put(slot) for slot in FILES))
    assert (await phone.get()).json()["slots"] == {"document": True, "selfie": True}


async def test_who_submits_twice_submits_once(business: Business, phone: Phone) -> None:
    await phone.fill()
    answers = await asyncio.gather(*(phone.submit() for _ in range(4)))
    assert {answer.status_code for answer in answers} == {202}
    assert {answer.json()["status"] for answer in answers} == {"processing"}
    assert answers[0].headers["retry-after"] == "1"
    assert (await business.shop.ports.broker.load("face-match")).waiting == 1
    closed = await phone.put("selfie")
    assert (closed.status_code, closed.json()["code"]) == (409, "session-closed")


async def test_an_answer_that_was_lost_half_way_is_no_second_verification(
    business: Business, phone: Phone, settings: Settings
) -> None:
    await phone.fill()
    shop = business.shop
    broken = replace(shop.ports, sessions=_Unchanging(shop.ports.sessions))
    async with talking_to(broken, settings.model_copy(update={"auth": "required"})) as client:
        assert (await replace(phone, client=client).submit()).status_code == 503
    assert (await phone.submit()).status_code == 202
    assert (await shop.ports.broker.load("face-match")).waiting == 1


async def test_a_token_opens_its_own_session_alone(business: Business, phone: Phone) -> None:
    other = await business.phone()
    wrong = phone.token[:-1] + ("0" if phone.token[-1] != "0" else "1")
    for token in (other.token, wrong, "", "x", phone.token + "0", business.headers["Authorization"][7:]):
        stranger = replace(phone, token=token)
        for answer in (await stranger.put("selfie"), await stranger.submit()):
            assert (answer.status_code, answer.json()["code"]) == (401, "token-unknown")
    for token in (other.token, wrong):
        assert (await replace(phone, token=token).get()).json()["code"] == "token-unknown"
    assert (await replace(other, id="0" * 32).get()).json()["code"] == "token-unknown"
    assert (await phone.get()).json()["slots"] == {"document": False, "selfie": False}


async def test_a_token_opens_nothing_else(business: Business, phone: Phone) -> None:
    await phone.fill()
    await phone.settled(business.shop.ports)
    verification_id = (await business.get(phone))["verification"]["id"]
    client, token = business.shop.client, bearer(phone.token)
    for answer in (
        await client.get(f"/v1/verifications/{verification_id}", headers=token),
        await client.get(f"/v1/checks/{verification_id}", headers=token),
        await client.get("/v1/usage", headers=token),
        await client.post(PATH, headers=token),
        await client.post(SESSIONS, json={}, headers=token),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "key-unknown")


async def test_another_tenant_knows_no_such_session(business: Business, phone: Phone) -> None:
    theirs = await business.shop.tenant("theirs")
    for path in (f"{SESSIONS}/{phone.id}", f"{SESSIONS}/{'0' * 32}", f"{SESSIONS}/x"):
        answer = await business.shop.client.get(path, headers=theirs)
        assert (answer.status_code, answer.json()["code"]) == (404, "session-not-found")
    assert (await business.shop.client.get(f"{SESSIONS}/{phone.id}")).json()["code"] == "key-missing"


async def test_a_leaked_token_cannot_flood(business: Business, phone: Phone) -> None:
    other = await business.phone()
    for _ in range(WRITE_BURST):
        assert (await phone.put("selfie")).status_code == 200
    flooded = await phone.put("selfie")
    assert (flooded.status_code, flooded.json()["code"]) == (429, "rate-limited")
    assert flooded.headers["retry-after"] == "10"
    statuses = [(await phone.get()).status_code for _ in range(READ_BURST + 1)]
    assert statuses == [200] * READ_BURST + [429]
    assert (await other.put("selfie")).status_code == 200


async def test_what_the_business_agreed_is_not_for_a_phone(shop: Front) -> None:
    business = Business(shop, await shop.tenant("small", burst=100, quota_month=1))
    first, second = await business.phone(), await business.phone()
    for phone in (first, second):
        await phone.fill()
    accepted, refused = await first.submit(), await second.submit()
    assert (accepted.status_code, refused.status_code) == (202, 429)
    assert refused.json()["code"] == "quota-exceeded"
    assert refused.json()["detail"] == refused.json()["title"]
    assert not {"ratelimit", "ratelimit-policy"} & accepted.headers.keys()
    assert int(refused.headers["retry-after"]) > 0
    no_more = await shop.client.post(SESSIONS, json={}, headers=business.headers)
    assert no_more.json()["code"] == "quota-exceeded"


async def test_making_sessions_uses_nothing_of_the_quota(shop: Front) -> None:
    business = Business(shop, await shop.tenant("small", burst=100, quota_month=1))
    phones = [await business.phone() for _ in range(3)]
    await phones[2].fill()
    assert (await phones[2].submit()).status_code == 202
    answer = await shop.client.post("/v1/verifications", files=FILES, headers=business.headers | ASYNC)
    assert answer.json()["code"] == "quota-exceeded"


@pytest.mark.parametrize("name", ["nothing", "text", "animated png", "one pixel", "jpeg, its start only"])
async def test_a_picture_is_judged_as_every_other(phone: Phone, name: str, settings: Settings) -> None:
    data, cause = refused()[name]
    answer = await phone.put("document", data)
    assert (answer.status_code, answer.json()["code"]) == (cause.status, cause.code)
    assert answer.json()["image"] == "document"
    assert stored(settings) == []


async def test_a_body_is_bounded(phone: Phone, settings: Settings) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(1_000_000)

    url = f"{SESSIONS}/{phone.id}/selfie"
    streamed = await phone.client.put(url, content=endless(), headers=bearer(phone.token))
    assert (streamed.status_code, streamed.json()["code"]) == (413, "image-too-large")
    announced = await phone.put("selfie", bytes(settings.max_image_bytes + 100_000))
    assert (announced.status_code, announced.json()["code"]) == (413, "body-too-large")
    assert (await phone.put("palm")).status_code == 404


@pytest.mark.parametrize(
    "wanted",
    [
        {"reference": ""},
        {"reference": "x" * 129},
        {"reference": "a\u0000b"},
        {"reference": "Žofie"},
        {"expires_in_s": 59},
        {"expires_in_s": 86_401},
        {"expires_in_s": "60"},
        {"colour": "red"},
        [],
        None,
    ],
)
async def test_a_wrong_wish_is_refused(business: Business, wanted: object) -> None:
    answer = await business.shop.client.post(SESSIONS, json=wanted, headers=business.headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


async def test_where_keys_are_off_everybody_is_the_business(client: httpx.AsyncClient, ports: Ports) -> None:
    made = (await client.post(SESSIONS, json={})).json()
    phone = Phone(client, made["id"], made["token"])
    await phone.fill()
    assert (await phone.settled(ports))["status"] == "done"
    seen = (await client.get(f"{SESSIONS}/{phone.id}")).json()
    assert seen["verification"]["result"]["decision"] == "approve"


class _Unchanging:
    """A database that goes away at the wrong moment."""

    def __init__(self, sessions: object):
        self._sessions = sessions

    async def change(self, _before: Session, _after: Session) -> Session | None:
        raise ResultsUnavailable

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self._sessions, name)
        return method
