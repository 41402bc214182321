"""What a tenant may ask about errors and its own usage."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from services.core.errors import catalogue
from services.core.usage import month_of
from tests.unit.services.tenancy import NO_FACE, Front


async def test_every_error_is_listed_with_what_it_costs(client: httpx.AsyncClient) -> None:
    listed = {entry["code"]: entry for entry in (await client.get("/v1/errors")).json()}
    assert listed.keys() == {cause.code for cause in catalogue()}
    assert listed["no-face"] == {
        "code": "no-face", "status": 422, "title": "No face was found", "billable": True, "retryable": False
    }  # fmt: skip
    retried = {code for code, entry in listed.items() if entry["retryable"]}
    assert {"rate-limited", "system-busy", "check-expired", "broker-unavailable"} <= retried


async def test_every_declared_code_is_listed(client: httpx.AsyncClient) -> None:
    listed = {entry["code"] for entry in (await client.get("/v1/errors")).json()}
    paths = (await client.get("/openapi.json")).json()["paths"]
    for operation in (operation for verbs in paths.values() for operation in verbs.values()):
        for status, response in operation["responses"].items():
            if "application/problem+json" in response.get("content", {}):
                codes = response["description"].split(": ")[1].split(", ")
                assert set(codes) <= listed, (status, codes)


async def test_a_tenant_sees_its_own_usage(shop: Front) -> None:
    mine, theirs = await shop.tenant("mine"), await shop.tenant("theirs")
    await asyncio.gather(shop.post(mine), shop.worked())
    await asyncio.gather(shop.post(mine), shop.worked(NO_FACE))
    await asyncio.gather(shop.post(theirs), shop.worked())
    month = month_of(shop.clock.now_s)
    usage = (await shop.client.get("/v1/usage", headers=mine)).json()
    assert usage == {
        "month": month,
        "billable": 2,
        "lines": [
            {"check": "face-match", "code": "done", "billable": True, "count": 1},
            {"check": "face-match", "code": "no-face", "billable": True, "count": 1},
        ],
    }
    assert (await shop.client.get("/v1/usage?month=2026-11", headers=mine)).json()["lines"] == []


@pytest.mark.parametrize("month", ["", "2026", "2026-13", "2026-1", "x", "2026-11-01"])
async def test_no_other_month_is_known(client: httpx.AsyncClient, month: str) -> None:
    answer = await client.get("/v1/usage", params={"month": month})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
