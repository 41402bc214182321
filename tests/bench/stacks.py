"""What the bench sends requests to: this service on real engines, its parts alone, and other servers."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from tests.bench.load import Target, base64_json, multipart
from tests.bench.pairs import Images
from tests.engines import Engines
from tests.ports.live import environment, free_port

ROOT = Path(__file__).parents[2]
START_S, STOP_S = 60, 10
VERBOSE = bool(os.environ.get("BENCH_VERBOSE"))
PATH = "/v1/face-match"
PEERS = {"litserve": ("/health", base64_json), "bentoml": ("/readyz", multipart)}
"""Where each says that it has loaded, and how it takes images: LitServe's queue carries no uploaded files."""


class RawModel:
    """The model, in a process on each of some CPUs, idle until it is asked."""

    def __init__(self, cpus: Sequence[int], megapixels: float):
        self._cpus, self._megapixels = cpus, megapixels
        self._running: list[asyncio.subprocess.Process] = []

    async def __aenter__(self) -> RawModel:
        """Load it."""
        for cpu in self._cpus:
            words = ("-m", "tests.bench.raw_model", str(self._megapixels))
            pipe = asyncio.subprocess.PIPE
            one = await asyncio.create_subprocess_exec(sys.executable, *words, stdin=pipe, stdout=pipe)
            os.sched_setaffinity(one.pid, {cpu})
            self._running.append(one)
        await asyncio.gather(*(self._ask(one, "") for one in self._running))
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the processes: their standard input does."""
        for one in self._running:
            assert one.stdin
            one.stdin.close()
            await one.wait()

    async def rps(self, seconds: float) -> float:
        """Pairs a second, all CPUs together."""
        done = await asyncio.gather(*(self._ask(one, f"{seconds}\n") for one in self._running))
        return sum(map(int, done)) / seconds

    @staticmethod
    async def _ask(one: asyncio.subprocess.Process, words: str) -> bytes:
        assert one.stdin
        assert one.stdout
        one.stdin.write(words.encode())
        return await one.stdout.readline()


@asynccontextmanager
async def own_service(
    engines: Engines, cpus: Sequence[int], pairs: Sequence[Images]
) -> AsyncIterator[Target]:
    """One API, and a worker on each of `cpus`."""
    env = environment(engines)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(_python("services", "api", env=env))
        for cpu in cpus:
            await stack.enter_async_context(_python("services", "worker", "face-match", env=env, cpu=cpu))
        yield stack.enter_context(Target(url + PATH, pairs, multipart))


@asynccontextmanager
async def instant_service(engines: Engines, pairs: Sequence[Images]) -> AsyncIterator[Target]:
    """The same with a model that answers at once."""
    env = environment(engines)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(_python("services", "api", env=env))
        await stack.enter_async_context(_python("tests.bench.instant", "worker", "face-match", env=env))
        yield stack.enter_context(Target(url + PATH, pairs, multipart))


@asynccontextmanager
async def instant_embedded(pairs: Sequence[Images]) -> AsyncIterator[Target]:
    """The API alone: no engine but files, and a model that answers at once."""
    env = os.environ | {"EKYC_THREADS": "1", "EKYC_DRAIN_WAIT_S": "0"}
    async with _python("tests.bench.instant", "embedded", env=env) as url:
        with Target(url + PATH, pairs, multipart) as target:
            yield target


@asynccontextmanager
async def peer(
    python: Path, name: str, cpus: Sequence[int], pairs: Sequence[Images]
) -> AsyncIterator[Target | None]:
    """`tests.bench.peer_NAME` with a worker a CPU; None where that Python lacks the library."""
    words = ("-c", f"import {name}, services")
    out = asyncio.subprocess.DEVNULL
    found = await asyncio.create_subprocess_exec(python, *words, cwd=ROOT, stdout=out, stderr=out)
    if await found.wait():
        yield None
        return
    ready, encode = PEERS[name]
    words = (f"tests.bench.peer_{name}", str(len(cpus)))
    async with _python(*words, env=dict(os.environ), python=python, ready=ready) as url:
        with Target(f"{url}/predict", pairs, encode) as target:
            yield target


@asynccontextmanager
async def _python(
    module: str,
    *words: str,
    env: dict[str, str],
    cpu: int | None = None,
    python: Path = Path(sys.executable),
    ready: str = "/readyz",
) -> AsyncIterator[str]:
    """A process that serves HTTP on a port that it is given, once it is ready; its address."""
    port = free_port()
    out = asyncio.subprocess.DEVNULL
    running = await asyncio.create_subprocess_exec(
        python, "-m", module, *words,
        env=env | {"PORT": str(port)}, cwd=ROOT, start_new_session=True,
        stdout=out, stderr=None if VERBOSE else out,
    )  # fmt: skip
    if cpu is not None:
        os.sched_setaffinity(running.pid, {cpu})
    try:
        async with asyncio.timeout(START_S):
            while not await _answers(port, ready):  # noqa: ASYNC110  # another process's state
                await asyncio.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):
            running.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(running.wait(), STOP_S)
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)  # the children that a peer may have left


async def _answers(port: int, path: str) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode())
        status = (await reader.readline()).split(maxsplit=2)[1]
        writer.close()
    except (OSError, IndexError):
        return False
    return status == b"200"
