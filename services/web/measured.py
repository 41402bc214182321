"""Counts, times and logs every request."""

from __future__ import annotations

import asyncio
from time import perf_counter

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services import metrics

log = structlog.get_logger(__name__)

OPERATIONS = {"/livez", "/readyz", "/metrics"}
LAG_EVERY_S = 0.5


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

        with metrics.http_in_flight.track_inprogress():
            try:
                await self._app(scope, receive, watched)
            finally:
                _record(scope, status, perf_counter() - started)


def _record(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "unmatched")
    metrics.http_requests.labels(route, str(status)).inc()
    metrics.http_duration.labels(route, str(status)).observe(seconds)
    write = log.debug if route in OPERATIONS else log.info
    write(
        "request",
        method=scope["method"],
        route=route,
        status=status,
        ms=round(seconds * 1000, 1),
        id=scope.get("state", {}).get("check_id"),
    )


async def watch_lag() -> None:
    """Sample how late this event loop wakes up, for ever."""
    while True:
        before = perf_counter()
        await asyncio.sleep(LAG_EVERY_S)
        metrics.loop_lag.observe(max(0.0, perf_counter() - before - LAG_EVERY_S))
