"""Webhooks as a tenant sees them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.api.bodies import MOST_BYTES
from services.core.events import TYPES
from services.core.webhooks import MOST_ENDPOINTS, OVERLAP_S, Attempt, DeliveryState
from tests.unit.services.tenancy import Front

URL = "https://hooks.example/ekyc"
NOBODYS = "0" * 16


class Shopkeeper:
    """A tenant's calls."""

    def __init__(self, shop: Front, headers: dict[str, str]):
        self._shop, self._headers = shop, headers

    @classmethod
    async def of(cls, shop: Front, name: str, **terms: float | None) -> Shopkeeper:
        return cls(shop, await shop.tenant(name, **terms))

    async def ask(self, verb: str, path: str = "", **more: Any) -> httpx.Response:
        return await self._shop.client.request(verb, f"/v1/webhooks{path}", headers=self._headers, **more)

    async def made(self, url: str = URL) -> dict[str, Any]:
        answer = await self.ask("POST", json={"url": url})
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def checked(self) -> str:
        """A check of this tenant, done."""
        accepted = await self._shop.post(self._headers, {"Prefer": "respond-async"})
        await self._shop.worked()
        check_id: str = accepted.json()["id"]
        return check_id


@pytest.fixture
async def acme(shop: Front) -> Shopkeeper:
    return await Shopkeeper.of(shop, "acme")


async def test_the_secret_is_shown_once(acme: Shopkeeper) -> None:
    made = await acme.made()
    assert made["secret"].startswith("whsec_")
    assert made["events"] == list(TYPES)
    shown = (await acme.ask("GET", f"/{made['id']}")).json()
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    assert (await acme.ask("GET")).json() == [shown]


async def test_a_check_that_is_done_is_on_its_way(shop: Front, acme: Shopkeeper) -> None:
    webhook = await acme.made()
    check_id = await acme.checked()
    page = (await acme.ask("GET", f"/{webhook['id']}/deliveries")).json()
    (delivery,) = page["deliveries"]
    assert (delivery["type"], delivery["state"], page["next"]) == ("check.completed", "pending", None)
    found = await shop.ports.outbox.find(webhook["id"], delivery["id"])
    assert found is not None
    assert check_id in found.payload


async def test_one_tenant_never_sees_another(shop: Front, acme: Shopkeeper) -> None:
    webhook, rival = await acme.made(), await Shopkeeper.of(shop, "rival")
    test = (await acme.ask("POST", f"/{webhook['id']}/test")).json()
    assert (await rival.ask("GET")).json() == []
    for verb, path in (
        ("GET", ""), ("DELETE", ""), ("POST", "/rotate"), ("POST", "/test"), ("GET", "/deliveries"),
        ("POST", f"/deliveries/{test['id']}/resend"),
    ):  # fmt: skip
        answer = await rival.ask(verb, f"/{webhook['id']}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "webhook-not-found"), path
    await rival.checked()
    mine = (await acme.ask("GET", f"/{webhook['id']}/deliveries")).json()["deliveries"]
    assert [one["id"] for one in mine] == [test["id"]]


async def test_a_new_secret_signs_beside_the_old_one(shop: Front, acme: Shopkeeper) -> None:
    made = await acme.made()
    rotated = (await acme.ask("POST", f"/{made['id']}/rotate")).json()
    known = await shop.ports.webhooks.secrets(made["id"])
    assert [one.text for one in known] == [rotated["secret"], made["secret"]]
    assert known[1].until_s == shop.clock.now() + OVERLAP_S


async def test_a_page_is_bounded_and_leads_to_the_next(acme: Shopkeeper) -> None:
    webhook = await acme.made()
    for _ in range(3):
        await acme.ask("POST", f"/{webhook['id']}/test")
    path, seen, after = f"/{webhook['id']}/deliveries", set[str](), dict[str, str]()
    while True:
        page = (await acme.ask("GET", path, params={"limit": 2, **after})).json()
        seen |= {one["id"] for one in page["deliveries"]}
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert len(seen) == 3
    assert (await acme.ask("GET", path, params={"limit": 101})).status_code == 400
    assert (await acme.ask("GET", path, params={"state": "dead"})).json()["deliveries"] == []


async def test_what_was_given_up_is_sent_again_by_hand(shop: Front, acme: Shopkeeper) -> None:
    webhook = await acme.made()
    test = (await acme.ask("POST", f"/{webhook['id']}/test")).json()
    now_s = shop.clock.now()
    (claimed,) = await shop.ports.outbox.claim(now_s, now_s + 60, 9, [])
    attempt = Attempt(at_s=now_s, ms=3, error="timeout")
    await shop.ports.outbox.record(claimed, claimed.model_copy(
        update={"state": DeliveryState.DEAD, "attempts": [attempt]}
    ))  # fmt: skip
    (dead,) = (await acme.ask("GET", f"/{webhook['id']}/deliveries")).json()["deliveries"]
    assert (dead["state"], dead["next_at_s"], dead["attempts"]) == ("dead", None, [attempt.model_dump()])
    again = await acme.ask("POST", f"/{webhook['id']}/deliveries/{test['id']}/resend")
    assert (again.status_code, again.json()["state"], again.json()["next_at_s"]) == (202, "pending", now_s)


async def test_one_that_is_switched_off_sends_nothing(shop: Front, acme: Shopkeeper) -> None:
    webhook = await acme.made()
    test = (await acme.ask("POST", f"/{webhook['id']}/test")).json()
    disabled = await shop.administration.disable_webhook(webhook["id"])
    assert [one.id for one in await shop.administration.list_webhooks("acme")] == [disabled.id]
    for path in ("/test", f"/deliveries/{test['id']}/resend"):
        answer = await acme.ask("POST", f"/{webhook['id']}{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "webhook-disabled")
    assert (await acme.ask("GET", f"/{webhook['id']}")).json()["disabled_because"] == "operator"


async def test_what_is_deleted_is_unknown(acme: Shopkeeper) -> None:
    webhook = await acme.made()
    assert (await acme.ask("DELETE", f"/{webhook['id']}")).status_code == 204
    assert (await acme.ask("DELETE", f"/{webhook['id']}")).status_code == 404
    assert await acme.made() != webhook


async def test_there_are_few_and_each_url_is_there_once(acme: Shopkeeper) -> None:
    await acme.made()
    twin = await acme.ask("POST", json={"url": URL})
    assert (twin.status_code, twin.json()["code"]) == (409, "webhook-exists")
    for number in range(1, MOST_ENDPOINTS):
        await acme.made(f"{URL}/{number}")
    more = await acme.ask("POST", json={"url": f"{URL}/more"})
    assert (more.status_code, more.json()["code"]) == (409, "webhooks-too-many")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"url": "http://hooks.example"}', 422, "webhook-url-refused"),
        (b'{"url": "https://10.0.0.1/"}', 422, "webhook-url-refused"),
        (b'{"url": "https://169.254.169.254/latest/meta-data"}', 422, "webhook-url-refused"),
        (b'{"url": "https://h/", "events": []}', 400, "bad-request"),
        (b'{"url": "https://h/", "events": ["check.paid"]}', 400, "bad-request"),
        (b'{"url": "https://h/", "secret": "x"}', 400, "bad-request"),
        (b'{"url": 5}', 400, "bad-request"),
        (b"{}", 400, "bad-request"),
        (b"", 400, "bad-request"),
        (b"\xff", 400, "bad-request"),
        (b" " * (MOST_BYTES + 1), 413, "body-too-large"),
    ],
)
async def test_what_is_wrong_is_a_problem(acme: Shopkeeper, body: bytes, status: int, code: str) -> None:
    answer = await acme.ask("POST", content=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("path", ["test", "rotate", f"deliveries/msg_{'0' * 32}/resend"])
async def test_nothing_of_nobodys(acme: Shopkeeper, path: str) -> None:
    assert (await acme.ask("POST", f"/{NOBODYS}/{path}")).json()["code"] == "webhook-not-found"


async def test_an_unknown_delivery_is_said_to_be(acme: Shopkeeper) -> None:
    webhook = await acme.made()
    answer = await acme.ask("POST", f"/{webhook['id']}/deliveries/msg_{'0' * 32}/resend")
    assert (answer.status_code, answer.json()["code"]) == (404, "delivery-not-found")


async def test_it_costs_no_check(shop: Front) -> None:
    poor = await Shopkeeper.of(shop, "poor", quota_month=0, rate_rps=0.001, burst=1)
    await poor.made()
    answer = await poor.ask("POST", json={"url": f"{URL}/2"})
    assert (answer.status_code, answer.headers["ratelimit-policy"].split(";")[0]) == (201, '"reads"')


async def test_without_a_key_nothing(shop: Front) -> None:
    answer = await shop.client.post("/v1/webhooks", json={"url": URL})
    assert (answer.status_code, answer.json()["code"]) == (401, "key-missing")
