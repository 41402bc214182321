"""The paths of the API: one POST a check, one place to look any of them up; the same for verifications."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from fastapi import APIRouter, Request, Response
from structlog.contextvars import bind_contextvars

from services import models
from services.api.answers import PendingCheck, done_model, final_response, pending_response
from services.api.desk import Desk
from services.api.gate import GUARDED, guarded_router
from services.api.problems import declared
from services.core import errors as e
from services.core.deletion_errors import CheckDeleted
from services.core.idempotency import PATTERN
from services.core.messages import Record
from services.models import Offer
from services.verification import VERIFICATION

_ID = re.compile(r"[0-9a-f]{32}")

_REFUSED = (
    e.BodyMalformed, e.UploadTooSlow, e.BodyTooLarge, e.ImageTooLarge, e.NotMultipart,
    e.ImageFormatUnsupported, e.PartMissing, e.PartUnexpected, e.ImageEmpty, e.ImageTooManyPixels,
    e.ImageTooSmall, e.ImageAnimated, e.IdempotencyKeyMalformed, e.IdempotencyKeyReused, e.QuotaExceeded,
    e.SystemBusy, e.Overloaded,
)  # fmt: skip
_FAILED = (
    e.ImageCorrupt, e.FaceMissing, e.FaceTooSmall, e.FacesMultiple, e.TextMissing, e.ModelFailed, e.ImageLost,
    e.SealBroken, e.InternalError, e.CheckExpired, e.BrokerUnavailable, e.QueueFull, e.StoreUnavailable,
    e.ResultsUnavailable, e.VerificationIncomplete, CheckDeleted,
)  # fmt: skip


def routes(desk: Desk) -> APIRouter:
    """One path a check, and one to look any of them up."""
    router = guarded_router(desk.gate, "checks")
    offered = [models.find(name) for name in models.names()]
    for check in offered:
        _add_post(router, desk, check, check.name, "get-check")
    _add_post(router, desk, VERIFICATION, "verifications", "get-verification")
    _add_look_up(router, desk, "check", offered)
    _add_look_up(router, desk, "verification", [VERIFICATION])
    return router


async def found(request: Request, desk: Desk, kind: str) -> Record:
    """The check or verification that the path names. Raises as `Checks.get` does."""
    check_id = request.path_params["id"]
    if not _ID.fullmatch(check_id):
        raise e.CheckNotFound
    bind_contextvars(id=check_id)
    record = await desk.checks.get(request.state.caller.tenant_id, check_id)
    if (record.check == VERIFICATION.name) != (kind == VERIFICATION.name):
        raise e.CheckNotFound
    return record


def _add_look_up(router: APIRouter, desk: Desk, kind: str, offered: Sequence[Offer]) -> None:
    answers = [PendingCheck, *(done_model(offer) for offer in offered)]

    @router.get(
        f"/{kind}s/{{id}}",
        summary=f"Look a {kind} up",
        operation_id=f"get-{kind}",
        response_model=reduce(or_, answers),
        responses=declared(e.CheckNotFound, *_FAILED, *GUARDED),
        openapi_extra=ID_IN_PATH,
    )
    async def look_up(request: Request) -> Response:
        record = await found(request, desk, kind)
        if record.reply:
            return final_response(record.reply)
        return pending_response(record.id, record.check, 200)


def _add_post(router: APIRouter, desk: Desk, check: Offer, path: str, look_up: str) -> None:
    accepted = _ACCEPTED | {"links": {"answer": _LINK | {"operationId": look_up}}}

    @router.post(
        f"/{path}",
        summary=check.summary,
        description=check.description,
        operation_id=check.name,
        response_model=done_model(check),
        responses=declared(*_REFUSED, *_FAILED, *GUARDED) | {200: {"headers": _SAID}, 202: accepted},
        openapi_extra={"requestBody": _body(check), "parameters": [_PREFER_PARAMETER, _KEY_PARAMETER]},
    )
    async def post(request: Request) -> Response:
        return await desk.take(request, check)


def _body(check: Offer) -> dict[str, Any]:
    image = {"type": "string", "format": "binary", "description": "A JPEG, PNG or WebP"}
    schema = {
        "type": "object",
        "properties": dict.fromkeys(check.parts, image),
        "required": list(check.parts),
        "additionalProperties": False,
    }
    kinds = {part: {"contentType": "image/jpeg, image/png, image/webp"} for part in check.parts}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema, "encoding": kinds}}}


_PREFER_PARAMETER = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "`respond-async`, or `wait=N` seconds (RFC 7240)",
    "schema": {"type": "string"},
}
_KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": (
        "Your name for this request. Sent again within 24 hours with the same images it makes no second check"
        " and costs nothing: the answer is the first one's. After one of 500 or more it makes a new check."
    ),
    "schema": {"type": "string", "pattern": PATTERN},
}
ID_IN_PATH: dict[str, Any] = {
    "parameters": [
        {
            "name": "id",
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{_ID.pattern}$"},
        }
    ]
}
_SAID: dict[str, Any] = {
    "RateLimit": {"description": "What is left (IETF draft)", "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": "What was agreed", "schema": {"type": "string"}},
    "Idempotency-Replayed": {"description": "`true`: an earlier answer", "schema": {"const": "true"}},
}
_ACCEPTED: dict[str, Any] = {
    "model": PendingCheck,
    "description": "Not done in time; ask again at `Location`",
    "headers": _SAID
    | {
        "Location": {"schema": {"type": "string"}},
        "Retry-After": {"schema": {"type": "integer"}},
    },
}
_LINK: dict[str, Any] = {"parameters": {"id": "$response.body#/id"}}
