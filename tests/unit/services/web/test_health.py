"""What platforms and proxies are told: ready, draining, or not to be asked."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from services.web.health import Health, routes


async def well() -> None:
    """Nothing is amiss."""


async def away() -> None:
    raise ConnectionError("not connected to the queue")


@pytest.fixture
def state() -> Health:
    return Health({"broker": well})


@pytest.fixture
async def client(state: Health) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(routes(state))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://worker") as client:
        yield client


@pytest.mark.parametrize(
    ("asked", "status"),
    [("", 503), ("?when-draining=404", 404), ("?when-draining=503", 503), ("?when-draining=200", 503)],
)
async def test_a_proxy_may_choose_how_it_is_told_of_a_drain(
    client: httpx.AsyncClient, state: Health, asked: str, status: int
) -> None:
    assert (await client.get(f"/readyz{asked}")).status_code == 200
    state.draining = True
    answer = await client.get(f"/readyz{asked}")
    assert (answer.status_code, answer.json()["draining"]) == (status, True)


async def test_what_is_away_is_no_drain(client: httpx.AsyncClient, state: Health) -> None:
    state.probes["broker"] = away
    answer = await client.get("/readyz?when-draining=404")
    assert answer.status_code == 503
    assert answer.json()["dependencies"]["broker"]["reason"] == "not connected to the queue"
