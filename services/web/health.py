"""/livez, /readyz and /metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

import prometheus_client
from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel

PROBE_TIMEOUT_S = 1.5

Probe = Callable[[], Awaitable[str | None]]
"""Returns when the dependency is usable now, with what is amiss even so; raises when it is not."""


WhenDraining = Annotated[
    str,
    Query(
        alias="when-draining",
        description="`404` has HAProxy (`http-check disable-on-404`) send nothing new and leave alone what "
        "is under way; after 503 it ends that",
    ),
]


class Dependency(BaseModel):
    """One thing that this process needs."""

    ready: bool
    reason: str | None = None


class Readiness(BaseModel):
    """Whether this process shall get work."""

    ready: bool
    draining: bool
    dependencies: dict[str, Dependency]


class Health:
    """Asks every dependency when it is asked."""

    def __init__(self, probes: dict[str, Probe]):
        self.probes = probes
        self.draining = False

    async def report(self) -> Readiness:
        """Ask all at once."""
        found = await asyncio.gather(*(_ask(probe) for probe in self.probes.values()))
        dependencies = dict(zip(self.probes, found, strict=True))
        ready = not self.draining and all(dependency.ready for dependency in found)
        return Readiness(ready=ready, draining=self.draining, dependencies=dependencies)


async def _ask(probe: Probe) -> Dependency:
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            amiss = await probe()
    except TimeoutError:
        return Dependency(ready=False, reason=f"no answer within {PROBE_TIMEOUT_S} s")
    except Exception as error:  # whatever it is, the answer is "not ready", never a 500
        return Dependency(ready=False, reason=str(error) or type(error).__name__)
    return Dependency(ready=True, reason=amiss)


def routes(health: Health) -> APIRouter:
    """The three paths that platforms look at."""
    router = APIRouter(tags=["operations"])

    @router.get("/livez", summary="The process runs", response_class=PlainTextResponse)
    async def livez() -> str:
        return "ok\n"

    @router.get(
        "/readyz",
        summary="The process can do its work",
        response_model=Readiness,
        responses={
            503: {"model": Readiness, "description": "Not now"},
            404: {"model": Readiness, "description": "It drains, and that was asked for"},
        },
    )
    async def readyz(when_draining: WhenDraining = "503") -> Response:
        report = await health.report()
        status = 200 if report.ready else 404 if report.draining and when_draining == "404" else 503
        return JSONResponse(report.model_dump(), status)

    @router.get("/metrics", summary="For Prometheus", response_class=PlainTextResponse)
    async def metrics() -> Response:
        return Response(prometheus_client.generate_latest(), media_type=prometheus_client.CONTENT_TYPE_LATEST)

    return router
