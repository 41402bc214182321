"""The API as an ASGI application."""

from __future__ import annotations

from fastapi import FastAPI

from services.api import problems, routes
from services.api.checks import Checks
from services.api.uploads import Intake
from services.ports import Clock
from services.settings import Settings
from services.web import health
from services.web.measured import Measured

INTAKE_BYTES = 96 * 1024 * 1024
"""Bodies held at once; with the copies that the parser and the store's client make, it fits 512 MiB."""


def create_app(checks: Checks, state: health.Health, clock: Clock, settings: Settings) -> FastAPI:
    """Everything under /v1, the operational paths and /openapi.json."""
    app = problems.ProblemApp(
        title="eKYC checks",
        version="1.0.0",
        summary="Checks on identity images, answered at once or polled for",
        docs_url=None,  # these pages load scripts from other hosts
        redoc_url=None,
    )
    problems.install(app)
    terms = routes.Terms(settings.answer_within_s, settings.upload_within_s, settings.max_image_bytes)
    app.include_router(routes.routes(checks, Intake(INTAKE_BYTES), clock, terms))
    app.include_router(health.routes(state))
    app.add_middleware(Measured)
    return app
