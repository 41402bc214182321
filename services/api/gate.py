"""What every request under /v1 passes: whose it is, and whether it may come now."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from services.api.keyring import Keyring
from services.core.errors import (
    KeyMissing,
    KeyUnknown,
    QuotaExceeded,
    RateLimited,
    ResultsUnavailable,
    ServiceError,
)
from services.core.limits import Pace, Quota, Turn
from services.core.tenants import LOCAL_ID, Tenant
from services.core.usage import month_of, until_next_month_s
from services.ports import Ports

READS_A_CHECK = 10
"""How many look-ups a tenant may make of each process for each check that it may ask for."""
COUNTED_FOR_S = 300.0
"""How long a quota's count is believed: what a caller who left early leaves taken is free by then."""

GUARDED = (KeyMissing, KeyUnknown, RateLimited, ResultsUnavailable)
"""How the gate may answer any request."""

BEARER = HTTPBearer(auto_error=False, description="An API key: `ekyc_…`", scheme_name="bearer")
HEADER = APIKeyHeader(
    name="X-Api-Key",
    auto_error=False,
    description="The same key, for clients that cannot",
    scheme_name="header",
)


@dataclass
class Caller:
    """Who sent a request."""

    tenant_id: str
    quota: Quota | None = None
    """Of which this request has taken one, unless it is refused."""
    refusal: ServiceError | None = None
    """Why no new check may be made; one that was made before may be told of."""
    is_charged: bool = False
    """Whether the request made a check that is billable, or may become so."""


class Gate:
    """Lets requests in, as a FastAPI dependency."""

    def __init__(self, keyring: Keyring, ports: Ports):
        self._keyring, self._usage, self._clock = keyring, ports.usage, ports.clock
        self._limiter, self._own_limiter = ports.limiter, ports.own_limiter

    async def __call__(
        self,
        request: Request,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)] = None,
        header: Annotated[str | None, Security(HEADER)] = None,
    ) -> None:
        """Note the caller in the request's state.

        Raises KeyMissing, KeyUnknown, RateLimited, QuotaExceeded, ResultsUnavailable.
        """
        await self.enter(request, bearer.credentials if bearer else header)

    async def enter(self, request: Request, key: str | None) -> None:
        """The same with what came as a key."""
        tenant = await self._known(request, key)
        if request.method == "POST":
            await self.admit_check(request, tenant)
        else:
            await self._admit_read(request, tenant)

    async def uncharged(
        self,
        request: Request,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)] = None,
        header: Annotated[str | None, Security(HEADER)] = None,
    ) -> None:
        """The same, for what makes no check, whatever its method."""
        await self._admit_read(request, await self._known(request, bearer.credentials if bearer else header))

    def knows(self, owner: Tenant | None) -> bool:
        """Whether what belongs to `owner` may be reached here."""
        return owner is not None

    async def give_back(self, caller: Caller) -> None:
        """Nothing of the quota was used."""
        if caller.quota and not caller.refusal:
            await self._limiter.give_back(caller.quota)

    async def _known(self, request: Request, key: str | None) -> Tenant:
        tenant = await self._keyring.tenant_of(key)
        note_tenant(request, tenant.id)
        request.state.tier = tenant.tier
        request.state.caller = Caller(tenant.id)
        return tenant

    async def _admit_read(self, request: Request, tenant: Tenant) -> None:
        rate_rps, burst = tenant.rate_rps * READS_A_CHECK, tenant.burst * READS_A_CHECK
        pace = Pace(f"{{{tenant.id}}}:reads", rate_rps, burst)
        _tell(request, "reads", pace, await self._own_limiter.take(pace))

    async def admit_check(self, request: Request, tenant: Tenant) -> None:
        """Let a new check of the tenant in, or not. Raises RateLimited, ResultsUnavailable."""
        request.state.caller = Caller(tenant.id)
        now_s = self._clock.now()
        pace = Pace(f"{{{tenant.id}}}:checks", tenant.rate_rps, tenant.burst)
        if tenant.quota_month is None:
            _tell(request, "checks", pace, await self._limiter.take(pace))
            return
        quota = Quota(f"{{{tenant.id}}}:{month_of(now_s)}", tenant.quota_month)
        turn = await self._limiter.take(pace, quota)
        if turn.used is None:
            used = await self._usage.committed(tenant.id, month_of(now_s), now_s)
            await self._limiter.count(quota, used, COUNTED_FOR_S)
            turn = await self._limiter.take(pace, quota)
        _tell(request, "checks", pace, turn)
        caller: Caller = request.state.caller
        caller.quota = quota
        if (turn.used or 0) >= quota.most:
            caller.refusal = QuotaExceeded(
                f"{quota.most:,} billable checks a month are agreed",
                retry_after_s=math.ceil(until_next_month_s(now_s)),
            )


class OpenGate:
    """Lets everybody in as the tenant `local`, without limits."""

    async def __call__(self, request: Request) -> None:
        """Note the caller in the request's state."""
        await self.enter(request, None)

    async def enter(self, request: Request, _key: str | None) -> None:
        """Whatever came as a key."""
        note_tenant(request, LOCAL_ID)
        request.state.caller = Caller(LOCAL_ID)

    async def uncharged(self, request: Request) -> None:
        """The same."""
        await self(request)

    def knows(self, owner: Tenant | None) -> bool:
        """Everything is within reach."""
        return True

    async def admit_check(self, request: Request, tenant: Tenant | None) -> None:
        """Any."""
        request.state.caller = Caller(tenant.id if tenant else LOCAL_ID)

    async def give_back(self, caller: Caller) -> None:
        """Nothing was taken."""


def note_tenant(request: Request, tenant_id: str) -> None:
    """All that is said of the request from now on says whose it is."""
    request.state.tenant_id = tenant_id
    bind_contextvars(tenant=tenant_id)


def guarded_router(gate: Gate | OpenGate, tag: str) -> APIRouter:
    """A router under /v1; the gate stands before all that will be added to it."""
    return APIRouter(prefix="/v1", tags=[tag], dependencies=[Depends(gate)])


def uncharged_router(gate: Gate | OpenGate, tag: str) -> APIRouter:
    """The same for what makes no check: each request counts as a look-up."""
    return APIRouter(prefix="/v1", tags=[tag], dependencies=[Depends(gate.uncharged)])


@asynccontextmanager
async def giving_back(gate: Gate | OpenGate, caller: Caller) -> AsyncIterator[None]:
    """After the block the caller's quota is as before, unless the block charged for something."""
    try:
        yield
    finally:
        if not caller.is_charged:
            await gate.give_back(caller)


class SaidHeaders:
    """Middleware: adds the headers that `request.state.headers` holds, to problems too."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                said: dict[str, str] = scope.get("state", {}).get("headers", {})
                added = [(name.lower().encode(), value.encode()) for name, value in said.items()]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self._app(scope, receive, adding)


def _tell(request: Request, policy: str, pace: Pace, turn: Turn) -> None:
    """The RateLimit fields of draft-ietf-httpapi-ratelimit-headers. Raises RateLimited."""
    window_s = math.ceil(pace.burst / pace.rate_rps)
    request.state.headers = {
        "RateLimit-Policy": f'"{policy}";q={pace.burst};w={window_s}',
        "RateLimit": f'"{policy}";r={turn.left};t={math.ceil(turn.full_in_s)}',
    }
    if turn.wait_s > 0:
        raise RateLimited(
            f"{pace.rate_rps:g} a second are agreed, {pace.burst} at once",
            retry_after_s=max(1, math.ceil(turn.wait_s)),
        )
