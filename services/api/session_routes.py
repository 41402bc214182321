"""The paths of sessions: the business makes and reads them, a phone fills and submits them."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from services.api.desk import Desk
from services.api.gate import GUARDED, Caller, giving_back, guarded_router
from services.api.problems import declared
from services.api.session_answers import (
    CreatedSession,
    NewSession,
    SessionOfBusiness,
    SessionState,
    created_answer,
    state_of,
    whole_answer,
)
from services.api.session_gate import SessionGate, Visit
from services.api.sessions import Sessions
from services.api.uploads import announced_bytes, read_image
from services.core import errors as e
from services.core import session_errors as closed
from services.core.sessions import MOST_ATTEMPTS, SLOTS, SessionStatus, Standing
from services.core.verification_parts import ImageName

_PHONE = (closed.TokenUnknown, closed.SessionNotFound, e.RateLimited, e.ResultsUnavailable)
_NOT_OPEN = (closed.SessionExpired, closed.SessionClosed)
_UPLOAD = (
    e.BodyMalformed, e.UploadTooSlow, e.BodyTooLarge, e.ImageTooLarge, e.ImageFormatUnsupported, e.ImageEmpty,
    e.ImageTooManyPixels, e.ImageTooSmall, e.ImageAnimated, e.ImageCorrupt, e.Overloaded, e.StoreUnavailable,
)  # fmt: skip
_SUBMIT = (
    closed.SessionIncomplete, closed.SessionExpired, e.QuotaExceeded, e.SystemBusy, e.Overloaded, e.QueueFull,
    e.BrokerUnavailable, e.StoreUnavailable, e.SealBroken, e.SealKeyUnknown,
)  # fmt: skip
_ID: dict[str, Any] = {
    "parameters": [
        {
            "name": "id",
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        }
    ]
}
_CREATED: dict[str, Any] = {
    "headers": {"Location": {"schema": {"type": "string"}}},
    "links": {"session": {"operationId": "get-session", "parameters": {"id": "$response.body#/id"}}},
}
_HOW = f"""Give a phone the id and the token; it needs nothing else. It uploads a `document` and a `selfie`,
submits them and asks until the session is no longer `processing`. When the pictures are too poor the session
is `open` again, at most {MOST_ATTEMPTS} times in all: `hints` says which to take again and what to do better,
and the other one is kept. The token never tells the decision: read it here with your key.

The page `/session#TOKEN` does all this in a browser."""


@dataclass(frozen=True)
class Counter:
    """Takes requests about sessions."""

    desk: Desk
    sessions: Sessions
    gate: SessionGate

    def answer(self, standing: Standing, status: int = HTTPStatus.OK) -> Response:
        """What a phone is told."""
        state = state_of(standing, self.desk.clock.now())
        headers = {} if state.retry_after_s is None else {"Retry-After": str(state.retry_after_s)}
        return JSONResponse(state.model_dump(mode="json"), status, headers)

    async def upload(self, request: Request, slot: ImageName) -> Response:
        """Take a picture."""
        visit: Visit = request.state.visit
        terms = self.desk.terms
        with self.desk.intake.room_for(announced_bytes(request, (slot,), terms.max_image_bytes)):
            image = await read_image(request, slot, terms.max_image_bytes, terms.upload_within_s)
            return self.answer(await self.sessions.fill(visit.session, slot, image))

    async def submit(self, request: Request) -> Response:
        """Start the verification."""
        visit: Visit = request.state.visit
        caller = await self.gate.admit(request)
        async with giving_back(self.desk.gate, caller):
            with self.desk.intake.room_for(len(SLOTS) * self.desk.terms.max_image_bytes):
                standing = await self.sessions.submit(visit.session, caller)
        is_done = standing.status(self.desk.clock.now()) is SessionStatus.DONE
        return self.answer(standing, HTTPStatus.OK if is_done else HTTPStatus.ACCEPTED)


def routes(counter: Counter) -> list[APIRouter]:
    """Everything under /v1/sessions."""
    made = guarded_router(counter.desk.gate, "sessions")
    _add_create(made, counter)
    router = APIRouter(prefix="/v1", tags=["sessions"])
    _add_look_up(router, counter)
    for slot in SLOTS:
        _add_upload(router, counter, slot)
    _add_submit(router, counter)
    return [made, router]


def _add_create(router: APIRouter, counter: Counter) -> None:
    @router.post(
        "/sessions",
        status_code=HTTPStatus.CREATED,
        summary="Let a phone take the pictures of a verification",
        description=_HOW,
        operation_id="create-session",
        response_model=CreatedSession,
        responses=declared(e.BadRequest, e.QuotaExceeded, *GUARDED) | {201: _CREATED},
    )
    async def create_session(request: Request, wanted: NewSession, response: Response) -> CreatedSession:
        caller: Caller = request.state.caller
        async with giving_back(counter.desk.gate, caller):
            if caller.refusal:
                raise caller.refusal
        standing, token = await counter.sessions.create(
            caller.tenant_id, wanted.reference, wanted.expires_in_s
        )
        response.headers["Location"] = f"/v1/sessions/{standing.session.id}"
        return created_answer(standing, token, counter.desk.clock.now())


def _add_look_up(router: APIRouter, counter: Counter) -> None:
    @router.get(
        "/sessions/{id}",
        summary="Where a session stands",
        description="With the token what a phone needs to know, with your key the verification too.",
        operation_id="get-session",
        dependencies=[Depends(counter.gate.either)],
        response_model=SessionOfBusiness | SessionState,
        responses=declared(closed.SessionNotFound, closed.TokenUnknown, *GUARDED),
        openapi_extra=_ID,
    )
    async def get_session(request: Request) -> Response:
        visit: Visit = request.state.visit
        standing = await counter.sessions.standing(visit.session)
        if visit.is_phone:
            return counter.answer(standing)
        return JSONResponse(whole_answer(standing, counter.desk.clock.now()).model_dump(mode="json"))


def _add_upload(router: APIRouter, counter: Counter, slot: ImageName) -> None:
    image = {"schema": {"type": "string", "format": "binary"}}
    kinds = ("image/jpeg", "image/png", "image/webp")

    @router.put(
        f"/sessions/{{id}}/{slot}",
        summary=f"Upload the picture of the {slot}",
        description="With the token. The body is the image file; it takes the place of one that was there.",
        operation_id=f"upload-{slot}",
        dependencies=[Depends(counter.gate.phone)],
        response_model=SessionState,
        responses=declared(*_PHONE, *_NOT_OPEN, *_UPLOAD),
        openapi_extra=_ID | {"requestBody": {"required": True, "content": dict.fromkeys(kinds, image)}},
    )
    async def upload(request: Request) -> Response:
        return await counter.upload(request, slot)


def _add_submit(router: APIRouter, counter: Counter) -> None:
    @router.post(
        "/sessions/{id}/submit",
        status_code=HTTPStatus.ACCEPTED,
        summary="Verify what was uploaded",
        description="With the token. Sent again it starts nothing new; 200 when it is done already.",
        operation_id="submit-session",
        dependencies=[Depends(counter.gate.phone)],
        response_model=SessionState,
        responses=declared(*_PHONE, *_SUBMIT, closed.SessionClosed, e.ImageCorrupt)
        | {200: {"model": SessionState, "description": "It is done already"}},
        openapi_extra=_ID,
    )
    async def submit(request: Request) -> Response:
        return await counter.submit(request)
