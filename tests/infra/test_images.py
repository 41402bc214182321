"""The data images as Nomad runs them: no privileges, read-only root, a volume, kill -9."""

from __future__ import annotations

import asyncio
import subprocess
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import aio_pika
import asyncpg
import obstore
import pytest
from obstore.store import S3Store

from infra.images.image_version import image_version
from tests.engines import ROOT, require_engines, sre

pytestmark = pytest.mark.engines

HARDENED = [
    *("--init", "--network", "host", "--user", "10001:10001", "--read-only", "--cap-drop", "ALL"),
    *("--security-opt", "no-new-privileges:true", "--pids-limit", "1024", "--tmpfs", "/tmp:mode=1777"),  # noqa: S108
    *("--memory", "1g", "--memory-swap", "1g"),
]
PORT = 19432
PASSWORD = "it's \\ $1"
Start = Callable[..., str]
T = TypeVar("T")


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout.strip()


def kill_and_start(container: str) -> None:
    docker("kill", "--signal", "KILL", container)
    docker("start", container)


def stop(container: str) -> tuple[float, str]:
    """How long a container took to stop, and its exit code."""
    began = time.monotonic()
    docker("stop", "--time", "60", container)
    return time.monotonic() - began, docker("inspect", "--format", "{{.State.ExitCode}}", container)


async def connect(attempt: Callable[[], Awaitable[T]]) -> T:
    """Try until the engine serves; its last complaint is the test's failure."""
    for _ in range(120):
        try:
            return await attempt()
        except (OSError, TimeoutError, asyncpg.PostgresError, aio_pika.exceptions.AMQPError):
            await asyncio.sleep(0.5)
    return await attempt()


@pytest.fixture
def start() -> Iterator[Start]:
    """Run an image of the project on a fresh volume."""
    require_engines()
    name = f"sre-test-{uuid.uuid4().hex[:8]}"

    def run(image: str, data: str, **env: str) -> str:
        sre("images", "build", image, timeout_s=1800)
        given = {"HOST": "127.0.0.1", "PORT": str(PORT), **env}
        words = [word for key, value in given.items() for word in ("--env", f"{key}={value}")]
        tag = f"{image}:{image_version(ROOT, image)}"
        docker("run", "--detach", "--name", name, *HARDENED, "--volume", f"{name}:{data}", *words, tag)
        return name

    yield run
    docker("rm", "--force", name)
    docker("volume", "rm", "--force", name)


async def test_postgres_keeps_its_rows(start: Start) -> None:
    container = start(
        "postgres",
        "/var/lib/postgresql/data",
        POSTGRES_USER="ekyc",
        POSTGRES_PASSWORD=PASSWORD,
        POSTGRES_DB="results",
    )

    async def login(user: str, password: str) -> Any:
        where = {"host": "127.0.0.1", "port": PORT, "database": "results", "timeout": 5}
        return await asyncpg.connect(user=user, password=password, **where)

    def right() -> Awaitable[Any]:
        return login("ekyc", PASSWORD)

    session = await connect(right)
    await session.execute("CREATE TABLE kept (x int); INSERT INTO kept VALUES (7)")
    assert not await session.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    kill_and_start(container)
    session = await connect(right)
    assert await session.fetchval("SELECT x FROM kept") == 7
    for user, password in (("ekyc", "wrong"), ("postgres", PASSWORD)):
        with pytest.raises(asyncpg.PostgresError):
            await login(user, password)
    took_s, code = stop(container)  # with a client connected, who would keep a smart shutdown waiting
    assert (took_s < 60, code) == (True, "0")


async def publish(body: bytes) -> None:
    async with await aio_pika.connect(f"amqp://ekyc:pw@127.0.0.1:{PORT}/") as session:
        channel = await session.channel()
        await channel.declare_queue("q", durable=True, arguments={"x-queue-type": "quorum"})
        await channel.default_exchange.publish(aio_pika.Message(body, delivery_mode=2), "q", timeout=5)


async def get() -> bytes:
    async with await aio_pika.connect(f"amqp://ekyc:pw@127.0.0.1:{PORT}/") as session:
        queue = await (await session.channel()).get_queue("q")
        return bytes((await queue.get(no_ack=True, timeout=5)).body)


def start_broker(start: Start, password: str) -> str:
    """A cluster of one."""
    given = {"RABBITMQ_USER": "ekyc", "RABBITMQ_PASSWORD": password, "RABBITMQ_COOKIE": "cookie"}
    return start("rabbitmq", "/var/lib/rabbitmq", CLUSTER_SIZE="1", **given)


async def test_rabbitmq_keeps_its_messages(start: Start) -> None:
    container = start_broker(start, "pw")
    await connect(lambda: publish(b"kept"))
    await asyncio.sleep(3)  # RabbitMQ writes down a new queue's name a moment after its messages
    kill_and_start(container)
    assert await connect(get) == b"kept"
    assert "ekyc" in docker("exec", container, "rabbitmqctl", "list_users")
    took_s, code = stop(container)
    assert (took_s < 60, code) == (True, "0")


async def test_rabbitmq_takes_a_password_that_changed(start: Start) -> None:
    for password in ("old", "pw"):
        container = start_broker(start, password)
        if password == "old":
            await connect(lambda: aio_pika.connect(f"amqp://ekyc:old@127.0.0.1:{PORT}/", timeout=5))
            docker("rm", "--force", container)
    await connect(lambda: publish(b"let in"))


async def test_a_queue_declared_just_before_the_kill_serves_again(start: Start) -> None:
    container = start_broker(start, "pw")
    await connect(lambda: publish(b"lost"))
    kill_and_start(container)
    await connect(lambda: publish(b"again"))
    assert await connect(get) in {b"lost", b"again"}


async def test_the_object_store_keeps_its_objects(start: Start) -> None:
    container = start(
        "object-store",
        "/data",
        BUCKETS="ekyc-images other",
        ROOT_ACCESS_KEY="key123",
        ROOT_SECRET_KEY="secret123",
    )

    def store(secret: str) -> S3Store:
        return S3Store(
            "ekyc-images",
            endpoint=f"http://127.0.0.1:{PORT}",
            access_key_id="key123",
            secret_access_key=secret,
            region="us-east-1",
            client_options={"allow_http": True},
        )

    await obstore.put_async(store("secret123"), "a/b", b"kept")
    kill_and_start(container)
    found = await obstore.get_async(store("secret123"), "a/b")
    assert bytes(await found.bytes_async()) == b"kept"
    with pytest.raises(obstore.exceptions.BaseError):
        await obstore.get_async(store("wrong"), "a/b")
    took_s, code = stop(container)
    assert (took_s < 60, code) == (True, "0")
