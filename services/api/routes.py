"""The paths of the API: one POST a check, and one place to look any of them up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from fastapi import APIRouter, Request, Response

from services import models
from services.api.answers import PendingCheck, done_model, final_response, pending_response
from services.api.checks import Checks
from services.api.prefer import wait_s
from services.api.problems import declared
from services.api.uploads import Intake, announced_bytes, read_images
from services.core import errors as e
from services.models import Check
from services.ports import Clock

_ID = re.compile(r"[0-9a-f]{32}")

_REFUSED = (
    e.BodyMalformed, e.UploadTooSlow, e.BodyTooLarge, e.ImageTooLarge, e.NotMultipart,
    e.ImageFormatUnsupported, e.PartMissing, e.PartUnexpected, e.ImageEmpty, e.ImageTooManyPixels,
    e.ImageTooSmall, e.ImageAnimated,
)  # fmt: skip
_FAILED = (
    e.ImageCorrupt, e.FaceMissing, e.FaceTooSmall, e.FacesMultiple, e.ModelFailed, e.ImageLost,
    e.InternalError, e.CheckExpired, e.BrokerUnavailable, e.QueueFull, e.StoreUnavailable,
    e.ResultsUnavailable,
)  # fmt: skip


@dataclass(frozen=True)
class Terms:
    """How this API treats its clients."""

    answer_within_s: float
    upload_within_s: float
    max_image_bytes: int


def routes(checks: Checks, intake: Intake, clock: Clock, terms: Terms) -> APIRouter:
    """All paths under /v1."""
    router = APIRouter(prefix="/v1", tags=["checks"])
    offered = [models.find(name) for name in models.names()]
    for check in offered:
        _add_post(router, check, _poster(check, checks, intake, clock, terms))
    answers = [PendingCheck, *(done_model(check) for check in offered)]

    @router.get(
        "/checks/{id}",
        summary="Look a check up",
        operation_id="get-check",
        response_model=reduce(or_, answers),
        responses=declared(e.CheckNotFound, *_FAILED),
        openapi_extra={"parameters": [_ID_PARAMETER]},
    )
    async def get_check(request: Request) -> Response:
        check_id = request.path_params["id"]
        if not _ID.fullmatch(check_id):
            raise e.CheckNotFound
        request.state.check_id = check_id
        record = await checks.get(check_id)
        return (
            final_response(record.reply) if record.reply else pending_response(record.id, record.check, 200)
        )

    return router


def _poster(check: Check, checks: Checks, intake: Intake, clock: Clock, terms: Terms) -> Any:
    async def post(request: Request) -> Response:
        arrived_s = clock.now()
        patience_s, applied = wait_s(request.headers.get("prefer"), terms.answer_within_s)
        with intake.room_for(announced_bytes(request, check.parts, terms.max_image_bytes)):
            images = await read_images(request, check.parts, terms.max_image_bytes, terms.upload_within_s)
            received_s = clock.now()
            task = await checks.submit(check, images, arrived_s)
            del images  # `room_for` counts them no more
        request.state.check_id = task.id
        reply = await checks.answer(task, patience_s - (clock.now() - received_s))
        response = final_response(reply) if reply else pending_response(task.id, check.name, 202)
        if applied:
            response.headers["Preference-Applied"] = applied
        return response

    return post


def _add_post(router: APIRouter, check: Check, handler: Any) -> None:
    router.add_api_route(
        f"/{check.name}",
        handler,
        methods=["POST"],
        summary=check.summary,
        operation_id=check.name,
        response_model=done_model(check),
        responses=declared(*_REFUSED, *_FAILED, e.Overloaded) | {202: _ACCEPTED},
        openapi_extra={"requestBody": _body(check), "parameters": [_PREFER_PARAMETER]},
    )


def _body(check: Check) -> dict[str, Any]:
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
_ID_PARAMETER = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": f"^{_ID.pattern}$"},
}
_ACCEPTED: dict[str, Any] = {
    "model": PendingCheck,
    "description": "Not done in time; ask again at `Location`",
    "headers": {
        "Location": {"schema": {"type": "string"}},
        "Retry-After": {"schema": {"type": "integer"}},
    },
    "links": {"answer": {"operationId": "get-check", "parameters": {"id": "$response.body#/id"}}},
}
