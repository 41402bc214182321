"""Who is let in, and that nobody sees what is another's."""

from __future__ import annotations

import re
from dataclasses import replace

import httpx
import pytest

from services.api.keyring import KEPT_S, Keyring
from services.core.errors import KeyUnknown, ResultsUnavailable
from services.core.messages import Task
from services.core.tenants import ApiKey, Tenant, split_key
from services.ports import Ports
from services.settings import Settings
from tests.unit.services.conftest import talking_to
from tests.unit.services.rig import FakeClock
from tests.unit.services.tenancy import ASYNC, CHECK, PATH, Front, bearer

GUARDED = [("POST", PATH), ("GET", f"/v1/checks/{'0' * 32}"), ("GET", "/v1/errors"), ("GET", "/v1/usage")]


async def test_every_path_under_v1_is_guarded(shop: Front) -> None:
    paths = (await shop.client.get("/openapi.json")).json()["paths"]
    described = {
        (verb.upper(), path) for path, verbs in paths.items() for verb in verbs if path.startswith("/v1")
    }
    assert described >= {(verb, path.replace("0" * 32, "{id}")) for verb, path in GUARDED}
    for path, verbs in paths.items():
        for operation in verbs.values():
            assert ("401" in operation["responses"]) == path.startswith("/v1"), path
            assert ("security" in operation) == path.startswith("/v1"), path


@pytest.mark.parametrize(("verb", "path"), GUARDED)
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "key-missing"),
        ({"Authorization": "Basic YTpi"}, "key-missing"),
        ({"X-Api-Key": ""}, "key-missing"),
        (bearer("ekyc_"), "key-unknown"),
        (bearer("é"), "key-unknown"),
        (bearer(f"ekyc_{'0' * 12}_{'0' * 64}"), "key-unknown"),
        ({"X-Api-Key": "hunter2"}, "key-unknown"),
    ],
)
async def test_without_a_good_key_nothing_is_said(
    shop: Front, verb: str, path: str, headers: dict[str, str], code: str
) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    answer = await shop.client.request(verb, path, headers=raw)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/openapi.json"])
async def test_operations_need_no_key(shop: Front, path: str) -> None:
    assert (await shop.client.get(path)).status_code == 200


async def test_either_header_will_do(shop: Front) -> None:
    key = (await shop.tenant("acme"))["Authorization"].removeprefix("Bearer ")
    for headers in (bearer(key), {"Authorization": f"bearer {key}"}, {"X-Api-Key": key}):
        assert (await shop.client.get("/v1/errors", headers=headers)).status_code == 200


async def test_a_wrong_secret_is_answered_as_an_unknown_key(shop: Front) -> None:
    key = (await shop.tenant("acme"))["Authorization"].removeprefix("Bearer ")
    wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
    unknown = f"ekyc_{'f' * 12}_{'f' * 64}"
    answers = [await shop.client.get("/v1/errors", headers=bearer(text)) for text in (wrong, unknown)]
    assert answers[0].json() == answers[1].json()


async def test_one_tenants_check_is_to_another_as_if_it_were_none(shop: Front) -> None:
    mine, theirs = await shop.tenant("mine"), await shop.tenant("theirs")
    check_id = (await shop.post(mine, ASYNC)).json()["id"]
    for _ in range(2):  # pending, then done
        seen = await shop.client.get(f"/v1/checks/{check_id}", headers=theirs)
        unknown = await shop.client.get(f"/v1/checks/{'0' * 32}", headers=theirs)
        assert (seen.status_code, seen.json()) == (unknown.status_code, unknown.json())
        assert (await shop.client.get(f"/v1/checks/{check_id}", headers=mine)).status_code == 200
        if not _:
            await shop.worked()


async def test_images_lie_below_their_tenant(shop: Front) -> None:
    await shop.post(await shop.tenant("acme"), ASYNC)
    tenant = await shop.ports.tenants.find("acme")
    consumer = await shop.ports.broker.consume(CHECK, 1)
    delivery = await consumer.take()
    assert tenant is not None
    assert delivery is not None
    task = Task.decode(delivery.body)
    assert task.tenant == tenant.id
    assert all(key.startswith(f"{tenant.id}/{CHECK}/{task.id}/") for key in task.images.values())


async def test_a_revoked_key_opens_nothing_within_seconds(shop: Front) -> None:
    headers = await shop.tenant("acme")
    parts = split_key(headers["Authorization"].removeprefix("Bearer "))
    assert parts is not None
    assert (await shop.client.get("/v1/errors", headers=headers)).status_code == 200
    await shop.administration.revoke_key(parts[0])
    shop.clock.now_s += KEPT_S
    refused = await shop.client.get("/v1/errors", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (401, "key-unknown")


async def test_a_rotated_key_works_until_its_grace_ends(shop: Front) -> None:
    old = await shop.tenant("acme")
    parts = split_key(old["Authorization"].removeprefix("Bearer "))
    assert parts is not None
    new = bearer((await shop.administration.rotate_key(parts[0], grace_s=60)).key)

    async def statuses() -> list[int]:
        return [(await shop.client.get("/v1/errors", headers=one)).status_code for one in (old, new)]

    assert await statuses() == [200, 200]
    shop.clock.now_s += 60
    assert await statuses() == [401, 200]


async def test_requests_are_counted_by_tier_and_logged_by_id(
    shop: Front, capsys: pytest.CaptureFixture[str]
) -> None:
    await shop.client.get("/v1/usage", headers=await shop.tenant("acme"))
    text = (await shop.client.get("/metrics")).text
    labels = 'route="/v1/usage",status="200",tier="standard"'
    assert f"ekyc_http_requests_total{{{labels}}}" in text
    assert f"ekyc_http_request_duration_seconds_count{{{labels}}}" in text
    tenant = await shop.ports.tenants.find("acme")
    assert tenant is not None
    assert tenant.id not in text
    printed = capsys.readouterr().out
    assert tenant.id in printed
    assert not re.search("ekyc_[0-9a-f]", printed)


class _Counting:
    """Tenants that count how often they are asked."""

    def __init__(self, found: tuple[ApiKey, Tenant] | None, is_away: bool = False):
        self.found, self.is_away, self.asked = found, is_away, 0

    async def find_key(self, _key_id: str) -> tuple[ApiKey, Tenant] | None:
        self.asked += 1
        if self.is_away:
            raise ResultsUnavailable
        return self.found


async def test_a_key_is_looked_up_once_in_a_while() -> None:
    tenants, clock = _Counting(None), FakeClock()
    keyring = Keyring(tenants, clock)  # type: ignore[arg-type]  # the one method that it calls
    for _ in range(3):
        with pytest.raises(KeyUnknown):
            await keyring.tenant_of(f"ekyc_{'0' * 12}_{'0' * 64}")
    assert tenants.asked == 1
    clock.now_s += KEPT_S
    tenants.is_away = True
    for _ in range(2):  # an outage is not remembered
        with pytest.raises(ResultsUnavailable):
            await keyring.tenant_of(f"ekyc_{'0' * 12}_{'0' * 64}")
    assert tenants.asked == 3


async def test_without_the_database_nobody_is_known(shop: Front, settings: Settings, ports: Ports) -> None:
    headers = await shop.tenant("acme")
    away = replace(ports, tenants=_Counting(None, is_away=True))  # type: ignore[arg-type]  # as above
    guarded = settings.model_copy(update={"auth": "required"})
    async with talking_to(away, guarded) as client:
        answer = await client.get("/v1/errors", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "results-unavailable")
    assert int(answer.headers["retry-after"]) > 0


async def test_where_keys_are_off_all_is_the_tenant_locals(client: httpx.AsyncClient, ports: Ports) -> None:
    document = (await client.get("/openapi.json")).json()
    assert "security" not in document["paths"][PATH]["post"]
    assert (await client.get("/v1/usage")).json()["lines"] == []
    assert (await client.get("/admin/v1/tenants")).status_code == 404
