"""The HTTP server of one process, and how a process stops."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp

from services.settings import SettingsError

GRACE_S = 20
"""Longer than any request may wait by default; the platform kills a container after its own grace."""
MAX_CONNECTIONS = 2_000


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `Stop`: uvicorn would end the process by the signal, not with 0."""
        yield


class Stop:
    """Becomes set at the first SIGTERM or SIGINT, and urgent at SIGINT or at the second signal."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.urgent = asyncio.Event()

    def listen(self) -> None:
        """Take over both signals of this process."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.ask, number)

    def ask(self, number: int = signal.SIGTERM) -> None:
        """Note a signal."""
        if self.asked.is_set() or number == signal.SIGINT:
            self.urgent.set()
        self.asked.set()


def listen(host: str, port: int) -> socket.socket:
    """Take the address, first of all: whoever finds it taken shall not have done anything yet.

    Raises SettingsError.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise SettingsError(f"HOST, PORT: cannot listen on {host}:{port}: {error.strerror}") from error


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, listening: socket.socket) -> AsyncIterator[None]:
    """Serve `app` while the body runs, then finish the requests in flight."""
    server = _Server(
        uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=GRACE_S,
        )
    )
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await running
        listening.close()
