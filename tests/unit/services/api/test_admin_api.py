"""The operator's side, over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.api.admin import PATH
from tests.unit.services.tenancy import TOKEN, Front, bearer

OPERATOR = bearer(TOKEN)


class Desk:
    """Asks with the operator's token."""

    def __init__(self, shop: Front):
        self._client = shop.client

    async def ask(self, verb: str, path: str, **body: Any) -> httpx.Response:
        return await self._client.request(verb, f"{PATH}{path}", json=body or None, headers=OPERATOR)


@pytest.fixture
def desk(shop: Front) -> Desk:
    return Desk(shop)


async def test_from_a_tenant_to_a_check(shop: Front, desk: Desk) -> None:
    made = await desk.ask("POST", "/tenants", name="acme", tier="premium", quota_month=5)
    assert made.status_code == 201
    assert (made.json()["tier"], made.json()["rate_rps"], made.json()["quota_month"]) == ("premium", 50, 5)
    issued = (await desk.ask("POST", "/tenants/acme/keys")).json()
    assert (await shop.client.get("/v1/usage", headers=bearer(issued["key"]))).status_code == 200
    (listed,) = (await desk.ask("GET", "/tenants/acme/keys")).json()
    assert (listed["id"], listed["state"]) == (issued["id"], "active")
    assert "key" not in listed
    assert "secret_hash" not in listed
    assert (await desk.ask("GET", "/tenants/acme/usage")).json()["billable"] == 0


async def test_a_key_is_rotated_and_revoked(desk: Desk) -> None:
    await desk.ask("POST", "/tenants", name="acme")
    old = (await desk.ask("POST", "/tenants/acme/keys")).json()["id"]
    rotated = await desk.ask("POST", f"/keys/{old}/rotate", grace_s=60)
    new = rotated.json()["id"]
    assert rotated.status_code == 201
    assert (await desk.ask("DELETE", f"/keys/{new}")).status_code == 204
    assert (await desk.ask("DELETE", f"/keys/{new}")).status_code == 204
    states = {key["id"]: key["state"] for key in (await desk.ask("GET", "/tenants/acme/keys")).json()}
    assert states == {old: "expiring", new: "revoked"}
    refused = await desk.ask("POST", f"/keys/{new}/rotate", grace_s=60)
    assert (refused.status_code, refused.json()["code"]) == (409, "key-not-active")


async def test_another_tier_brings_its_limits(desk: Desk) -> None:
    await desk.ask("POST", "/tenants", name="acme", rate_rps=1)
    changed = (await desk.ask("PATCH", "/tenants/acme", tier="premium", burst=7)).json()
    assert (changed["tier"], changed["rate_rps"], changed["burst"], changed["quota_month"]) == (
        "premium", 50, 7, None,
    )  # fmt: skip
    changed = (await desk.ask("PATCH", "/tenants/acme", quota_month=9)).json()
    assert (changed["tier"], changed["burst"], changed["quota_month"]) == ("premium", 7, 9)


@pytest.mark.parametrize(
    ("verb", "path", "body", "status", "code"),
    [
        ("POST", "/tenants", {"name": "acme"}, 409, "tenant-exists"),
        ("POST", "/tenants", {"name": "No Name"}, 400, "bad-request"),
        ("POST", "/tenants", {"name": "x", "rate_rps": 0}, 400, "bad-request"),
        ("POST", "/tenants", {"name": "x", "limit": 1}, 400, "bad-request"),
        ("POST", "/tenants", {}, 400, "bad-request"),
        ("PATCH", "/tenants/nobody", {"burst": 1}, 404, "tenant-not-found"),
        ("GET", "/tenants/nobody/keys", {}, 404, "tenant-not-found"),
        ("POST", "/tenants/nobody/keys", {}, 404, "tenant-not-found"),
        ("GET", "/tenants/nobody/usage", {}, 404, "tenant-not-found"),
        ("GET", "/tenants/acme/usage?month=x", {}, 400, "bad-request"),
        ("DELETE", f"/keys/{'0' * 12}", {}, 404, "key-not-found"),
        ("DELETE", "/keys/x", {}, 400, "bad-request"),
        ("POST", f"/keys/{'0' * 12}/rotate", {"grace_s": -1}, 400, "bad-request"),
        ("GET", "/nothing", {}, 404, "not-found"),
        ("PUT", "/tenants", {}, 405, "method-not-allowed"),
    ],
)
async def test_what_is_wrong_is_a_problem(
    desk: Desk, verb: str, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    await desk.ask("POST", "/tenants", name="acme")
    answer = await desk.ask(verb, path, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("headers", [{}, bearer("wrong"), bearer(TOKEN + "x"), {"X-Api-Key": TOKEN}])
async def test_nobody_else_is_let_in(shop: Front, headers: dict[str, str]) -> None:
    for verb, path in (("GET", "/tenants"), ("POST", "/tenants"), ("DELETE", f"/keys/{'0' * 12}")):
        answer = await shop.client.request(verb, f"{PATH}{path}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "admin-token-wrong")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_tenants_key_opens_no_administration(shop: Front) -> None:
    headers = await shop.tenant("acme")
    assert (await shop.client.get(f"{PATH}/tenants", headers=headers)).status_code == 401


async def test_the_public_document_does_not_speak_of_it(shop: Front) -> None:
    assert "admin/" not in (await shop.client.get("/openapi.json")).text


async def test_it_is_measured_under_its_own_path(shop: Front, desk: Desk) -> None:
    await desk.ask("GET", "/tenants")
    text = (await shop.client.get("/metrics")).text
    assert f'route="{PATH}/tenants",status="200",tier="none"' in text
