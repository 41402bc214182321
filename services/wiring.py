"""The only place that chooses adapters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog

from services.adapters.clock import SystemClock
from services.adapters.memory import MemoryBroker
from services.adapters.objects import ObstoreObjects
from services.adapters.sql import SqlResults
from services.ports import Broker, Port, Ports
from services.settings import Settings, SettingsError, require

log = structlog.get_logger(__name__)

REOPEN_S = 1.0


def connected(settings: Settings) -> Ports:
    """Adapters of the engines that the settings name. Raises SettingsError."""
    broker = _broker(require(settings.broker_url, "EKYC_BROKER_URL"))
    objects = _objects(require(settings.objects_url, "EKYC_OBJECTS_URL"), settings)
    results = _results(require(settings.database_url, "EKYC_DATABASE_URL"))
    return Ports(broker, objects, results, SystemClock())


def embedded(settings: Settings, directory: Path) -> Ports:
    """Adapters within this process; files go below `directory` unless the settings name a place."""
    objects_url = settings.objects_url or (directory / "objects").as_uri()
    database = settings.database_url.get_secret_value() if settings.database_url else ""
    results = _results(database or f"sqlite+aiosqlite:///{directory / 'results.sqlite'}")
    return Ports(MemoryBroker(), _objects(objects_url, settings), results, SystemClock())


@asynccontextmanager
async def opened(ports: Ports) -> AsyncIterator[asyncio.Event]:
    """Open every port in the background, as often as it takes; the event is set once all are open."""
    done = asyncio.Event()
    all_ports: dict[str, Port] = {
        "broker": ports.broker, "objects": ports.objects, "results": ports.results
    }  # fmt: skip
    opening = asyncio.create_task(_open_all(all_ports, done))
    try:
        yield done
    finally:
        opening.cancel()
        with suppress(asyncio.CancelledError):
            await opening
        for port in all_ports.values():
            await port.close()


async def _open_all(ports: dict[str, Port], done: asyncio.Event) -> None:
    await asyncio.gather(*(_open(name, port) for name, port in ports.items()))
    done.set()


async def _open(name: str, port: Port) -> None:
    while True:
        try:
            await port.open()
        except Exception as error:  # an engine that is not up yet, or not as it should be: say so, try on
            log.warning("not open yet", port=name, cause=repr(error.__cause__ or error))
            await asyncio.sleep(REOPEN_S)
        else:
            return


def _broker(url: str) -> Broker:
    from services.adapters.rabbitmq import RabbitBroker  # the embedded mode runs without its library

    try:
        return RabbitBroker(url)
    except ValueError as error:
        raise SettingsError(f"EKYC_BROKER_URL: {error}") from None


def _objects(url: str, settings: Settings) -> ObstoreObjects:
    try:
        return ObstoreObjects.at(
            url,
            endpoint=settings.s3_endpoint,
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key.get_secret_value(),
            region=settings.s3_region,
        )
    except ValueError as error:
        raise SettingsError(f"EKYC_OBJECTS_URL: {error}") from None


def _results(url: str) -> SqlResults:
    try:
        return SqlResults(url)
    except ValueError as error:
        raise SettingsError(f"EKYC_DATABASE_URL: {error}") from None
