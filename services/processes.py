"""The kinds of process: each serves HTTP, works until it is asked to stop, drains and ends."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from services import chores, models, wiring
from services.api.app import create_app
from services.ports import Limiter, Port, Ports
from services.settings import Settings
from services.web import health
from services.web.measured import Calls, Measured, watch_lag
from services.web.server import Stop, listen, serving
from services.worker.predictor import Predictor
from services.worker.shadow import Shadow
from services.worker.understudy import Understudy
from services.worker.worker import Batching, Worker


async def api(settings: Settings, stop: Stop) -> None:
    """Take checks in and answer them."""
    ports, listening = wiring.connected(settings), listen(settings.host, settings.port)
    state = health.Health(_probes(ports.by_name()))
    app = create_app(ports, state, settings)
    async with _opened(ports.by_name()), _closing(ports.limiter), serving(app, listening):
        await _leave_proxies(state, settings, stop)


async def worker(settings: Settings, stop: Stop, check: str) -> None:
    """Serve one check."""
    ports, listening = wiring.connected(settings), listen(settings.host, settings.port)
    bench = Bench(check, ports, settings, settings.threads, shadow=_shadow(check, ports, settings))
    state = health.Health(_probes(ports.by_name()) | bench.probes())
    wiring.watch_gpus()
    async with (
        _opened(ports.by_name()) as opened,
        serving(_operations_app(state), listening),
        asyncio.TaskGroup() as group,
    ):
        working = group.create_task(bench.work(opened, stop))
        working.add_done_callback(lambda _: stop.ask())
        await stop.asked.wait()
        state.draining = True


async def janitor(settings: Settings, stop: Stop) -> None:
    """Do the chores."""
    stores, listening = wiring.connected_stores(settings), listen(settings.host, settings.port)
    state = health.Health(_probes(stores.by_name()))
    async with (
        _opened(stores.by_name()),
        serving(_operations_app(state), listening),
        _meanwhile(chores.keep_house(stores)),
    ):
        await stop.asked.wait()
        state.draining = True


async def embedded(settings: Settings, stop: Stop) -> None:
    """The API, for every check a worker a CPU, and the chores, over one event loop, with nothing outside.

    Workers of one thread each, as in the containers: a model's second thread gains less than a second worker.
    """
    listening = listen(settings.host, settings.port)
    with tempfile.TemporaryDirectory(prefix="ekyc-") as temporary:
        ports = wiring.embedded(settings, settings.data_dir or Path(temporary))
        benches = [
            Bench(check, ports, settings, threads=1, name=f"{check} {number}")
            for check in models.names()
            for number in range(settings.threads)
        ]
        state = health.Health(_probes(ports.by_name()))
        for bench in benches:
            state.probes |= bench.probes()
        # For whoever tries it: without keys, unless they are asked for.
        app = create_app(ports, state, settings.model_copy(update={"auth": settings.auth or "off"}))
        after_the_last_request = Stop()
        async with (
            _opened(ports.by_name()) as opened,
            _closing(ports.limiter),
            _meanwhile(chores.keep_house(ports)),
            asyncio.TaskGroup() as group,
        ):
            for bench in benches:
                group.create_task(bench.work(opened, after_the_last_request))
            async with serving(app, listening):
                await _leave_proxies(state, settings, stop)
            after_the_last_request.ask()


DRAIN_LOOK_S = 0.1
UNDER_WAY_S = 5.0
"""Callers have an answer or a 202 by then; with the drain before it and the server's own grace after it,
it stays below the 30 s after which the platform kills.
"""


class Bench:
    """A model and the worker that feeds it."""

    def __init__(
        self,
        check: str,
        ports: Ports,
        settings: Settings,
        threads: int,
        name: str = "",
        shadow: Shadow | None = None,
    ):
        self._name = name or check
        self._threads = threads
        self._limits = settings.limits
        self._predictor = Predictor(models.find(check))
        batching = Batching(settings.batch_size, settings.batch_wait_ms / 1000)
        self._worker = Worker(self._predictor, ports, batching, shadow)

    def probes(self) -> dict[str, health.Probe]:
        """Ready means warm and consuming."""
        return {f"{self._name} model": self._predictor.ready, f"{self._name} consumer": self._worker.ready}

    async def work(self, opened: asyncio.Event, stop: Stop) -> None:
        """Load the model, work until asked to stop, drain. Raises what loading the model raises."""
        draining = asyncio.create_task(self._drain(stop))
        try:
            await _unless_asked(stop, self._prepare(opened))
            if not stop.asked.is_set():
                await self._worker.run()
        finally:
            draining.cancel()
            self._predictor.close()

    async def _prepare(self, opened: asyncio.Event) -> None:
        warming = self._predictor.warm(self._threads, self._limits)
        await asyncio.gather(warming, opened.wait())

    async def _drain(self, stop: Stop) -> None:
        await stop.asked.wait()
        await self._worker.drain()


def _shadow(check: str, ports: Ports, settings: Settings) -> Shadow | None:
    if settings.shadow_model is None:
        return None
    understudy = Understudy(settings.shadow_model, check, settings.limits)
    return Shadow(models.find(check), understudy, settings.shadow_share, ports.clock)


def _operations_app(state: health.Health) -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.include_router(health.routes(state))
    app.add_middleware(Measured)
    return app


def _probes(ports: dict[str, Port]) -> dict[str, health.Probe]:
    return {name: port.ready for name, port in ports.items()}


@asynccontextmanager
async def _opened(ports: dict[str, Port]) -> AsyncIterator[asyncio.Event]:
    async with _meanwhile(watch_lag()), wiring.opened(ports) as opened:
        yield opened


@asynccontextmanager
async def _closing(limiter: Limiter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await limiter.close()


@asynccontextmanager
async def _meanwhile(endless: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run something beside the body, for as long as that takes."""
    running = asyncio.create_task(endless)
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def _leave_proxies(state: health.Health, settings: Settings, stop: Stop) -> None:
    """Wait for the end; say so on /readyz, go on serving until proxies had time to read it, and then until
    the requests that they had sent are answered: a proxy that finds the port closed gives those up."""
    await stop.asked.wait()
    state.draining = True
    with suppress(TimeoutError):
        async with asyncio.timeout(settings.drain_wait_s):
            await stop.urgent.wait()
    with suppress(TimeoutError):
        async with asyncio.timeout(UNDER_WAY_S if settings.drain_wait_s else 0):
            while Calls.in_flight and not stop.urgent.is_set():  # noqa: ASYNC110  # a counter
                await asyncio.sleep(DRAIN_LOOK_S)


async def _unless_asked(stop: Stop, work: Coroutine[Any, Any, None]) -> None:
    """Await `work`, or give it up when the process is asked to stop first."""
    working, asked = asyncio.create_task(work), asyncio.create_task(stop.asked.wait())
    try:
        await asyncio.wait({working, asked}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        working.cancel()
        asked.cancel()
