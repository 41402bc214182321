"""Lets a phone in with its session's token, and the business with its key."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.api.gate import BEARER, HEADER, Caller, Gate, OpenGate, note_tenant
from services.core.errors import QuotaExceeded, RateLimited
from services.core.limits import Pace
from services.core.session_errors import SessionNotFound, TokenUnknown
from services.core.sessions import TOKEN_PREFIX, Session, split_token
from services.core.tenants import Tenant
from services.ports import Limiter, Ports

WRITE_RPS, WRITE_BURST = 0.1, 20
"""Uploads and submissions of one session: three rounds of two pictures, each taken twice, fit at once."""
READ_RPS, READ_BURST = 2.0, 20
"""Of each process."""

_TOKEN = HTTPBearer(
    auto_error=False, description=f"A session's token: `{TOKEN_PREFIX}…`", scheme_name="session"
)


@dataclass(frozen=True)
class Visit:
    """A session, and who asks about it."""

    session: Session
    owner: Tenant | None
    """None where keys are off."""
    is_phone: bool
    """Whether it came with the token, and may not know what the business may."""


class SessionGate:
    """FastAPI dependencies; each notes a Visit in the request's state."""

    def __init__(self, gate: Gate | OpenGate, ports: Ports):
        self._gate, self._sessions = gate, ports.sessions
        self._limiter, self._own_limiter = ports.limiter, ports.own_limiter

    async def phone(
        self, request: Request, token: Annotated[HTTPAuthorizationCredentials | None, Security(_TOKEN)] = None
    ) -> None:
        """Uploads and submits. Raises TokenUnknown, RateLimited, ResultsUnavailable."""
        await self._visit(request, token.credentials if token else "")
        await _take(self._limiter, request.state.visit.session, "writes", WRITE_RPS, WRITE_BURST)

    async def either(
        self,
        request: Request,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)] = None,
        header: Annotated[str | None, Security(HEADER)] = None,
        _token: Annotated[HTTPAuthorizationCredentials | None, Security(_TOKEN)] = None,
    ) -> None:
        """Looks it up. Raises TokenUnknown, SessionNotFound, and what the gate raises."""
        text = bearer.credentials if bearer else header
        if text and text.startswith(TOKEN_PREFIX):
            await self._visit(request, text)
            await _take(self._own_limiter, request.state.visit.session, "reads", READ_RPS, READ_BURST)
            return
        await self._gate.enter(request, text)
        found = await self._sessions.find(request.path_params["id"])
        if found is None or found[0].tenant_id != request.state.caller.tenant_id:
            raise SessionNotFound
        request.state.visit = Visit(*found, is_phone=False)

    async def admit(self, request: Request) -> Caller:
        """A verification, within the limits of the business, of which a phone is told nothing.

        Raises RateLimited, ResultsUnavailable.
        """
        try:
            await self._gate.admit_check(request, request.state.visit.owner)
        except RateLimited as error:
            raise RateLimited(retry_after_s=error.retry_after_s) from None
        finally:
            request.state.headers = {}
        caller: Caller = request.state.caller
        if caller.refusal:
            caller.refusal = QuotaExceeded(retry_after_s=caller.refusal.retry_after_s)
        return caller

    async def _visit(self, request: Request, token: str) -> None:
        parts = split_token(token)
        if parts is None or parts[0] != request.path_params["id"]:
            raise TokenUnknown
        found = await self._sessions.find(parts[0])
        if found is None or not found[0].opens(parts[1]) or not self._gate.knows(found[1]):
            raise TokenUnknown
        session, owner = found
        note_tenant(request, session.tenant_id)
        if owner:
            request.state.tier = owner.tier
        request.state.visit = Visit(session, owner, is_phone=True)


async def _take(limiter: Limiter, session: Session, what: str, rate_rps: float, burst: int) -> None:
    turn = await limiter.take(Pace(f"{{{session.tenant_id}}}:{session.id}:{what}", rate_rps, burst))
    if turn.wait_s > 0:
        raise RateLimited(retry_after_s=max(1, math.ceil(turn.wait_s)))
