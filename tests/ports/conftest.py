"""The adapters of both sets, so that one test function holds both to the same promises."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, fields
from pathlib import Path
from uuid import uuid4

import aio_pika
import pytest

from services.adapters.clock import SystemClock
from services.adapters.fallback_objects import FallbackObjects
from services.adapters.memory import MemoryBroker
from services.adapters.objects import ObstoreObjects
from services.adapters.rabbitmq import RabbitBroker
from services.adapters.sealing import SealedObjects, Sealer, new_keys
from services.adapters.sql import Database, SqlResults
from services.core.conventions import QUEUE_MAX_TASKS, dead_queue
from services.core.messages import Reply
from services.ports import Broker, Bucket, ObjectStore, Results
from tests.engines import ENV, Engines, sre

REAL = pytest.mark.engines
Listener = Callable[[Reply], None]
SEALER = Sealer.of(f"test:{b64encode(bytes(32)).decode()}")
"""Always the same, as several tests share a database."""


@pytest.fixture(scope="session")
def service_engines(request: pytest.FixtureRequest) -> Engines:
    """Engines that somebody started by hand and named in SRE_TEST_*, else those of the test cluster."""
    named = {field.name: os.environ.get(f"SRE_TEST_{field.name.upper()}") for field in fields(Engines)}
    if all(named.values()):
        return Engines(**{name: value or "" for name, value in named.items()})
    engines = request.getfixturevalue("engines")
    assert isinstance(engines, Engines)
    # One that other tests deployed would deliver, expire and reseal these tests' rows.
    sre("stop", "janitor", "--env", ENV, check=False)
    return engines


@pytest.fixture
def check() -> str:
    """A name that no other test uses, so that queues are not shared."""
    return f"test-{uuid4().hex[:12]}"


@dataclass(frozen=True)
class BrokerSet:
    """How the tests get brokers of one kind."""

    connect: Callable[..., Awaitable[Broker]]
    """Another process's view of the same queues: how many tasks they hold, and who hears replies."""
    dead: Callable[[str], Awaitable[list[bytes]]]
    """What ended in the dead letters of a check."""


@pytest.fixture(params=["memory", pytest.param("rabbitmq", marks=REAL)])
async def brokers(request: pytest.FixtureRequest) -> AsyncIterator[BrokerSet]:
    opened: list[Broker] = []
    if request.param == "memory":
        yield _memory_brokers()
        return
    url = request.getfixturevalue("service_engines").broker_url

    async def connect(max_tasks: int, *listeners: Listener) -> Broker:
        broker = RabbitBroker(url, max_tasks=max_tasks)
        for listener in listeners:
            broker.on_reply(listener)
        await broker.open()
        opened.append(broker)
        return broker

    yield BrokerSet(connect, lambda check: dead_letters(url, check))
    for broker in opened:
        await broker.close()


@pytest.fixture
async def broker(brokers: BrokerSet) -> Broker:
    return await brokers.connect(QUEUE_MAX_TASKS)


@pytest.fixture(params=["files", pytest.param("s3", marks=REAL)])
def buckets(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Bucket, Bucket]:
    """The primary and the fallback."""
    if request.param == "files":
        return bucket_at((tmp_path / "primary").as_uri()), bucket_at((tmp_path / "fallback").as_uri())
    engines = request.getfixturevalue("service_engines")
    primary = bucket_at(
        engines.objects_url, engines.s3_endpoint, engines.s3_access_key, engines.s3_secret_key
    )
    fallback = bucket_at(
        engines.fallback_objects_url,
        engines.fallback_s3_endpoint,
        engines.fallback_s3_access_key,
        engines.fallback_s3_secret_key,
    )
    return primary, fallback


@pytest.fixture(params=["alone", "with-fallback", "sealed"])
async def objects(
    request: pytest.FixtureRequest, buckets: tuple[Bucket, Bucket]
) -> AsyncIterator[ObjectStore]:
    pair = FallbackObjects(*buckets, SystemClock())
    kinds: dict[str, ObjectStore] = {
        "alone": buckets[0],
        "with-fallback": pair,
        "sealed": SealedObjects(pair, Sealer.of(new_keys("test"))),
    }
    yield kinds[request.param]
    await pair.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=REAL)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'results.sqlite'}"
    url = request.getfixturevalue("service_engines").database_url
    assert isinstance(url, str)
    return url


@pytest.fixture
async def results(database_url: str) -> AsyncIterator[Results]:
    results = SqlResults(Database(database_url), SEALER)
    await results.open()
    yield results
    await results.close()


def bucket_at(url: str, endpoint: str | None = None, access_key: str = "", secret_key: str = "") -> Bucket:
    return ObstoreObjects.at(
        url, endpoint=endpoint, access_key=access_key, secret_key=secret_key, region="us-east-1"
    )


def _memory_brokers() -> BrokerSet:
    made: list[MemoryBroker] = []

    async def connect(max_tasks: int, *listeners: Listener) -> Broker:
        made[:] = made or [MemoryBroker(max_tasks)]
        for listener in listeners:
            made[0].on_reply(listener)
        return made[0]

    async def dead(check: str) -> list[bytes]:
        return made[0].dead(check)

    return BrokerSet(connect, dead)


async def dead_letters(url: str, check: str) -> list[bytes]:
    """Empty the dead-letter queue of a check."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue(dead_queue(check), ensure=False)
        found: list[bytes] = []
        while message := await queue.get(fail=False, no_ack=True):
            found.append(message.body)
        return found
