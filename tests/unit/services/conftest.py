"""An API and a worker over the embedded adapters, in the test's own event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from services import wiring
from services.adapters.memory_limiter import MemoryLimiter
from services.administration import Administration
from services.api.app import create_app
from services.ports import Ports
from services.settings import Settings
from services.web.health import Health
from tests.unit.services.rig import FakeClock, Rig, StubModel, stub_check, with_clock
from tests.unit.services.tenancy import TOKEN, Front


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, auth="off")


@pytest.fixture
async def real_time_ports(settings: Settings, tmp_path: Path) -> AsyncIterator[Ports]:
    ports = wiring.embedded(settings, tmp_path)
    await ports.results.open()
    yield ports
    await ports.results.close()


@pytest.fixture
def clocked(real_time_ports: Ports) -> tuple[Ports, FakeClock]:
    return with_clock(real_time_ports)


@pytest.fixture
def ports(clocked: tuple[Ports, FakeClock]) -> Ports:
    return clocked[0]


@pytest.fixture
def clock(clocked: tuple[Ports, FakeClock]) -> FakeClock:
    return clocked[1]


@pytest.fixture
async def client(ports: Ports, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Talks to an API; whether a worker answers is up to the test."""
    async with talking_to(ports, settings) as client:
        yield client


def talking_to(ports: Ports, settings: Settings) -> httpx.AsyncClient:
    """A client of an API over `ports`."""
    app = create_app(ports, Health({"broker": ports.broker.ready}), settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://api")


@pytest.fixture
def model() -> StubModel:
    return StubModel()


@pytest.fixture
async def rig(ports: Ports, model: StubModel) -> AsyncIterator[Rig]:
    """A running worker with a pretended model."""
    rig = await Rig.start(ports, stub_check(model))
    yield rig
    model.free.set()
    await rig.drain()


@pytest.fixture
async def shop(ports: Ports, clock: FakeClock, settings: Settings) -> AsyncIterator[Front]:
    """An API that requires keys, and its operator."""
    guarded = settings.model_copy(update={"auth": "required", "admin_token": SecretStr(TOKEN)})
    ports = replace(ports, limiter=MemoryLimiter(clock), own_limiter=MemoryLimiter(clock))
    async with talking_to(ports, guarded) as client:
        office = Administration(ports.tenants, ports.usage, ports.webhooks, ports.upkeep, clock)
        yield Front(ports, clock, client, office)
