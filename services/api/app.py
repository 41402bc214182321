"""The API as an ASGI application."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from services.administration import Administration
from services.api import (
    account,
    admin,
    deletions,
    feedback,
    pages,
    problems,
    routes,
    session_routes,
    webhooks,
)
from services.api.checks import Checks
from services.api.desk import Desk, Terms
from services.api.gate import Gate, OpenGate, SaidHeaders
from services.api.keyring import Keyring
from services.api.session_gate import SessionGate
from services.api.session_routes import Counter
from services.api.sessions import Sessions
from services.api.uploads import Intake
from services.endpoints import EndpointOffice
from services.erasure import Erasure
from services.ports import Ports
from services.settings import Settings
from services.web import health
from services.web.measured import Measured

INTAKE_BYTES = 96 * 1024 * 1024
"""Bodies held at once; with the copies that the parser and the store's client make, it fits 512 MiB."""

DESCRIPTION = """\
**Keys.** Every path under /v1 needs an API key, as `Authorization: Bearer KEY` or `X-Api-Key: KEY`. Two keys
may work at a time, so that one can be replaced without a pause. A phone has no key but a session's token, as
`Authorization: Bearer TOKEN`: it fills and submits that session, and is told where it stands.

**Limits.** `RateLimit` and `RateLimit-Policy` say what is left. 429 comes with `Retry-After`: `rate-limited`
and `quota-exceeded` are about you, `system-busy` is about us.

**Errors** are RFC 9457 problems; branch on `code`. `GET /v1/errors` lists them, with what is charged for.

**Webhooks.** A webhook is told when a check ends, signed as Standard Webhooks 1 says. Answer 2xx within 10
seconds; else it comes again after 5 s, 5 min, 1 h, 5 h and 18 h, with the same `webhook-id`. One that answers
410 is switched off. It is told ids, states and codes: read the result with your key.

**Deletion.** A result is deleted after the time that was agreed, images after a day at most. `DELETE
/v1/checks/{id}` does both at once, for good, and answers with a signed receipt.

**Feedback.** Tell us what turned out to be true: `POST /v1/checks/{id}/feedback`. It costs nothing, rests
sealed, and goes with its check.

**Versions.** Within /v1 we only add: paths, optional parameters and headers, fields of answers, error codes.
Ignore what you do not know. Nothing is removed, renamed, made required or given another meaning; what must
change so comes as /v2 beside /v1. From then on /v1 answers with `Deprecation` (RFC 9745) and `Sunset`
(RFC 8594), and works for at least twelve months more.
"""


def create_app(ports: Ports, state: health.Health, settings: Settings) -> FastAPI:
    """Everything under /v1, the operational paths, /openapi.json, the pages; the administration where it has
    a token."""
    app = problems.ProblemApp(
        title="eKYC checks",
        version="1.2.0",
        summary="Checks on identity images, answered at once or polled for",
        description=DESCRIPTION,
        docs_url=None,  # these load scripts from other hosts; `pages` has our own
        redoc_url=None,
    )
    problems.install(app)
    for router in _v1(ports, settings):
        app.include_router(router)
    app.include_router(health.routes(state))
    app.include_router(pages.routes())
    if settings.admin_token:
        administration = Administration(ports.tenants, ports.usage, ports.webhooks, ports.upkeep, ports.clock)
        app.mount(admin.PATH, admin.admin_app(administration, settings.admin_token.get_secret_value()))
    app.add_middleware(SaidHeaders)
    app.add_middleware(Measured)
    return app


def _v1(ports: Ports, settings: Settings) -> list[APIRouter]:
    gate = OpenGate() if settings.auth == "off" else Gate(Keyring(ports.tenants, ports.clock), ports)
    checks = Checks(ports, settings.limits, settings.task_ttl_s)
    terms = Terms(settings.answer_within_s, settings.upload_within_s, settings.max_image_bytes)
    desk = Desk(checks, gate, Intake(INTAKE_BYTES), ports.clock, terms)
    office = EndpointOffice(ports.webhooks, ports.outbox, ports.clock, settings.webhook_private_targets)
    erasure = Erasure(ports.results, ports.objects, ports.deletions, ports.notary, ports.clock)
    counter = Counter(desk, Sessions(ports, checks, settings.limits), SessionGate(gate, ports))
    return [
        routes.routes(desk),
        *session_routes.routes(counter),
        deletions.routes(gate, erasure),
        feedback.routes(desk, ports.feedback),
        webhooks.routes(gate, office),
        account.routes(gate, ports.usage, ports.clock),
    ]
