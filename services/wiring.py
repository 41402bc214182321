"""The only place that chooses adapters."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from dataclasses import fields
from pathlib import Path

import prometheus_client
import structlog

from services.adapters import nvml
from services.adapters.clock import SystemClock
from services.adapters.fallback_limiter import FallbackLimiter
from services.adapters.fallback_objects import FallbackObjects
from services.adapters.h11_courier import H11Courier
from services.adapters.memory import MemoryBroker
from services.adapters.memory_limiter import MemoryLimiter
from services.adapters.notary import Ed25519Notary
from services.adapters.objects import ObstoreObjects
from services.adapters.sealing import SealedObjects, Sealer, new_keys
from services.adapters.sql import (
    Database,
    SqlDeletions,
    SqlFeedback,
    SqlOutbox,
    SqlResults,
    SqlSessions,
    SqlTenants,
    SqlUpkeep,
    SqlUsage,
    SqlWebhooks,
)
from services.ports import Broker, Clock, Limiter, ObjectStore, Port, Ports, Stores
from services.settings import Settings, SettingsError, require

log = structlog.get_logger(__name__)

REOPEN_S = 1.0


def watch_gpus() -> None:
    """Have /metrics tell of the GPUs that this process sees."""
    if not nvml.watch_gpus(prometheus_client.REGISTRY):
        log.info("no GPU's driver here")


def connected(settings: Settings) -> Ports:
    """Adapters of the engines that the settings name. Raises SettingsError."""
    broker = _broker(require(settings.broker_url, "EKYC_BROKER_URL"), settings.host)
    return _ports(broker, connected_stores(settings), settings)


def connected_stores(settings: Settings) -> Stores:
    """Those of them that keep something. Raises SettingsError."""
    clock = SystemClock()
    objects = _objects(require(settings.objects_url, "EKYC_OBJECTS_URL"), settings, clock)
    return _stores(objects, sealer(settings, None), database(settings, None), settings, clock)


def embedded(settings: Settings, directory: Path) -> Ports:
    """Adapters within this process; files go below `directory` unless the settings name a place.

    Raises SettingsError.
    """
    clock = SystemClock()
    objects = _objects(settings.objects_url or (directory / "objects").as_uri(), settings, clock)
    stores = _stores(objects, sealer(settings, directory), database(settings, directory), settings, clock)
    return _ports(MemoryBroker(), stores, settings)


def database(settings: Settings, directory: Path | None) -> Database:
    """The one that the settings name, or the file that the embedded mode keeps in `directory`.

    Raises SettingsError: there is neither.
    """
    if settings.database_url is None and directory:
        return _database(f"sqlite+aiosqlite:///{directory / 'results.sqlite'}")
    return _database(require(settings.database_url, "EKYC_DATABASE_URL"))


def sealer(settings: Settings, directory: Path | None) -> Sealer:
    """With the keys that the settings name, or those that the embedded mode keeps in `directory`.

    Raises SettingsError: there are neither.
    """
    if settings.sealing_keys is None and directory:
        return _sealer_of(directory / "sealing.keys")
    return _sealer(require(settings.sealing_keys, "EKYC_SEALING_KEYS"), "EKYC_SEALING_KEYS")


def traced(settings: Settings, service: str) -> AbstractContextManager[None]:
    """Traces are exported in the block, if the settings say where to."""
    if settings.otlp_endpoint is None:
        return nullcontext()
    from services.adapters.otlp import exporting  # what it needs is not loaded for nothing

    return exporting(settings.otlp_endpoint, settings.trace_ratio, service)


@asynccontextmanager
async def opened(ports: Mapping[str, Port]) -> AsyncIterator[asyncio.Event]:
    """Open every port in the background, as often as it takes; the event is set once all are open."""
    done = asyncio.Event()
    opening = asyncio.create_task(_open_all(ports, done))
    try:
        yield done
    finally:
        opening.cancel()
        with suppress(asyncio.CancelledError):
            await opening
        for port in ports.values():
            await port.close()


async def _open_all(ports: Mapping[str, Port], done: asyncio.Event) -> None:
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


def _broker(url: str, near: str) -> Broker:
    from services.adapters.rabbitmq import RabbitBroker  # the embedded mode runs without its library

    try:
        return RabbitBroker(url, near=near)
    except ValueError as error:
        raise SettingsError(f"EKYC_BROKER_URL: {error}") from None


def _stores(
    objects: ObjectStore, sealer: Sealer, database: Database, settings: Settings, clock: Clock
) -> Stores:
    return Stores(
        objects=SealedObjects(objects, sealer),
        results=SqlResults(database, sealer),
        tenants=SqlTenants(database),
        sessions=SqlSessions(database),
        webhooks=SqlWebhooks(database, sealer),
        outbox=SqlOutbox(database),
        courier=H11Courier(private=settings.webhook_private_targets),
        deletions=SqlDeletions(database),
        notary=Ed25519Notary(sealer),
        upkeep=SqlUpkeep(database, sealer),
        usage=SqlUsage(database),
        feedback=SqlFeedback(database, sealer),
        clock=clock,
    )


def _objects(url: str, settings: Settings, clock: Clock) -> ObjectStore:
    primary = _bucket(
        "EKYC_OBJECTS_URL",
        url,
        endpoint=settings.s3_endpoint,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value(),
        region=settings.s3_region,
    )
    if settings.fallback_objects_url is None:
        return primary
    if (settings.fallback_objects_url, settings.fallback_s3_endpoint) == (url, settings.s3_endpoint):
        # What the reconciler brought home from there it would delete here.
        raise SettingsError("EKYC_FALLBACK_OBJECTS_URL: must not be the store of EKYC_OBJECTS_URL")
    fallback = _bucket(
        "EKYC_FALLBACK_OBJECTS_URL",
        settings.fallback_objects_url,
        endpoint=settings.fallback_s3_endpoint,
        access_key=settings.fallback_s3_access_key,
        secret_key=settings.fallback_s3_secret_key.get_secret_value(),
        region=settings.fallback_s3_region,
    )
    return FallbackObjects(primary, fallback, clock)


def _bucket(variable: str, url: str, *, endpoint: str | None, **access: str) -> ObstoreObjects:
    try:
        return ObstoreObjects.at(url, endpoint=endpoint, **access)
    except ValueError as error:
        raise SettingsError(f"{variable}: {error}") from None


def _sealer(keys: str, source: str) -> Sealer:
    try:
        return Sealer.of(keys)
    except ValueError as error:
        raise SettingsError(f"{source}: {error}") from None


def _sealer_of(file: Path) -> Sealer:
    """Keys that are made at the first start, and rest where what they seal does."""
    with suppress(FileExistsError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as made:
            made.write(new_keys("embedded"))
    return _sealer(file.read_text(), str(file))


def _ports(broker: Broker, stores: Stores, settings: Settings) -> Ports:
    return Ports(
        broker=broker,
        limiter=_limiter(settings, stores.clock),
        own_limiter=MemoryLimiter(stores.clock),
        **{field.name: getattr(stores, field.name) for field in fields(stores)},
    )


def _limiter(settings: Settings, clock: Clock) -> Limiter:
    own = MemoryLimiter(clock)
    if settings.redis_url is None:
        return own
    from services.adapters.redis_limiter import RedisLimiter

    try:
        return FallbackLimiter(RedisLimiter(settings.redis_url.get_secret_value()), own, clock)
    except ValueError as error:
        raise SettingsError(f"EKYC_REDIS_URL: {error}") from None


def _database(url: str) -> Database:
    try:
        return Database(url)
    except ValueError as error:
        raise SettingsError(f"EKYC_DATABASE_URL: {error}") from None
