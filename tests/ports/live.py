"""Real processes of the service, and wires to engines that can be cut."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import httpx

from services.adapters.sealing import new_keys
from tests.engines import Engines

START_S = 90
"""These tests hold on a busy machine too: what they prove is that nothing is lost, not how soon it comes."""
SEALING_KEYS = new_keys("test")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def environment(engines: Engines, **changes: str) -> dict[str, str]:
    """What the processes are told; PATH and the like are kept. Callers need no key."""
    told = {
        "EKYC_AUTH": "off",
        "EKYC_BROKER_URL": engines.broker_url,
        "EKYC_DATABASE_URL": engines.database_url,
        "EKYC_OBJECTS_URL": engines.objects_url,
        "EKYC_S3_ENDPOINT": engines.s3_endpoint,
        "EKYC_S3_ACCESS_KEY": engines.s3_access_key,
        "EKYC_S3_SECRET_KEY": engines.s3_secret_key,
        "EKYC_FALLBACK_OBJECTS_URL": engines.fallback_objects_url,
        "EKYC_FALLBACK_S3_ENDPOINT": engines.fallback_s3_endpoint,
        "EKYC_FALLBACK_S3_ACCESS_KEY": engines.fallback_s3_access_key,
        "EKYC_FALLBACK_S3_SECRET_KEY": engines.fallback_s3_secret_key,
        "EKYC_SEALING_KEYS": SEALING_KEYS,
        "EKYC_THREADS": "1",
        "EKYC_DRAIN_WAIT_S": "0.5",
        "EKYC_ANSWER_WITHIN_S": "45",
        "EKYC_TASK_TTL_S": "300",
    }
    return os.environ | told | changes


@dataclass
class Process:
    """`python -m services …` on a port of its own."""

    url: str
    running: asyncio.subprocess.Process

    @classmethod
    async def start(cls, *words: str, env: dict[str, str]) -> Process:
        port = free_port()
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services", *words),
            env=env | {"PORT": str(port)},
            stdout=asyncio.subprocess.DEVNULL,
        )
        return cls(f"http://127.0.0.1:{port}", running)

    async def get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return await client.get(f"{self.url}{path}")

    async def until_ready(self, ready: bool = True) -> None:
        async with httpx.AsyncClient() as client, asyncio.timeout(START_S):
            while await self._ready(client) is not ready:  # noqa: ASYNC110  # another process's state
                await asyncio.sleep(0.1)

    async def _ready(self, client: httpx.AsyncClient) -> bool:
        with suppress(httpx.HTTPError):
            return (await client.get(f"{self.url}/readyz")).status_code == 200
        return False

    def signal(self, number: signal.Signals) -> None:
        self.running.send_signal(number)

    async def ended(self, within_s: float = 60) -> int:
        """Its exit status."""
        return await asyncio.wait_for(self.running.wait(), within_s)


@asynccontextmanager
async def started(env: dict[str, str], *commands: tuple[str, ...]) -> AsyncIterator[list[Process]]:
    """All of `commands`, ready; whatever still runs at the end is killed."""
    processes = [await Process.start(*words, env=env) for words in commands]
    try:
        await asyncio.gather(*(process.until_ready() for process in processes))
        yield processes
    finally:
        for process in processes:
            with suppress(ProcessLookupError):
                process.signal(signal.SIGKILL)
            await process.ended()


class Wire:
    """A TCP relay to an engine."""

    def __init__(self, host: str, port: int):
        self._engine = host, port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = free_port()

    async def join(self) -> None:
        """Let connections through."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)

    async def cut(self) -> None:
        """Break those that are open, refuse new ones."""
        assert self._server is not None
        self._server.close()
        for writer in self._open:
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(*self._engine)
        ends = {writer, there_writer}
        self._open |= ends
        await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))
        self._open -= ends


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
