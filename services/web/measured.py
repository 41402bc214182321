"""Counts, times and logs every request."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import perf_counter
from uuid import uuid4

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars

from services import metrics, tracing

log = structlog.get_logger(__name__)

OPERATIONS = {"/livez", "/readyz", "/metrics"}
LAG_EVERY_S = 0.5
NO_TIER = "none"
"""Of a request whose tenant is not known, or that needs none."""


class Measured:
    """Middleware. The label is the route's template, so that ids do not multiply the series."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        started = perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with metrics.http_in_flight.track_inprogress(), _counted(scope), _traced(scope) as span:
            # First: a connection's next request begins in the context of the one before. It is not unbound at
            # the end: the server has a word to say about a request that failed.
            clear_contextvars()
            bind_contextvars(request=uuid4().hex, trace=tracing.trace_id())
            try:
                await self._app(scope, receive, watched)
            finally:
                _record(scope, status, perf_counter() - started)
                if span:
                    tenant = scope.get("state", {}).get("tenant_id")
                    tracing.answered(span, scope["method"], _route(scope), status, tenant)


class Calls:
    """Callers' requests that this process is answering: what operators ask does not count."""

    in_flight = 0


@contextmanager
def _counted(scope: Scope) -> Iterator[None]:
    weight = 0 if scope["path"] in OPERATIONS else 1
    Calls.in_flight += weight
    try:
        yield
    finally:
        Calls.in_flight -= weight


def _traced(scope: Scope) -> AbstractContextManager[tracing.Span | None]:
    if scope["path"] in OPERATIONS:
        return nullcontext()
    return tracing.request(Headers(scope=scope).get(tracing.HEADER))


def _record(scope: Scope, status: int, seconds: float) -> None:
    route, state = _route(scope), scope.get("state", {})
    labels = route, str(status), state.get("tier", NO_TIER)
    metrics.http_requests.labels(*labels).inc()
    metrics.http_duration.labels(*labels).observe(seconds)
    write = log.debug if route in OPERATIONS else log.info
    write(
        "request",
        method=scope["method"],
        route=route,
        status=status,
        ms=round(seconds * 1000, 1),
    )


def _route(scope: Scope) -> str:
    """The template of the route, with the path of the application it belongs to."""
    route = getattr(scope.get("route"), "path", None)
    return f"{scope.get('root_path', '')}{route}" if route else "unmatched"


async def watch_lag() -> None:
    """Sample how late this event loop wakes up, for ever."""
    while True:
        before = perf_counter()
        await asyncio.sleep(LAG_EVERY_S)
        metrics.loop_lag.observe(max(0.0, perf_counter() - before - LAG_EVERY_S))
