"""The bodies that the API answers with."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, create_model

from services.api.problems import problem_response
from services.core.errors import ServiceError
from services.core.messages import ModelInfo, Reply, Status
from services.models import Offer
from services.verification import VERIFICATION

RETRY_AFTER_S = 1


class PendingCheck(BaseModel):
    """A check that is not answered yet."""

    id: str
    check: str
    status: Literal["pending"] = "pending"


class DoneCheck(BaseModel):
    """A check that is answered; `result` depends on the check."""

    id: str
    check: str
    status: Literal["done"] = "done"
    result: Any
    model: ModelInfo
    timings_ms: dict[str, float] = Field(
        description="Milliseconds by stage; `total` is from the request's arrival until the result was ready"
    )


def done_model(check: Offer) -> type[DoneCheck]:
    """The answer of one check, with its own result, for the OpenAPI description."""
    fields: dict[str, Any] = {"check": (Literal[check.name], ...), "result": (check.result, ...)}
    return create_model(f"{check.result.__name__}Check", __base__=DoneCheck, **fields)


def final_response(reply: Reply) -> Response:
    """200 with the result, or the problem that the check ended with."""
    if reply.status is not Status.DONE:
        return problem_response(ServiceError.from_dict(reply.error or {"code": "", "detail": ""}), reply.id)
    body = reply.model_dump(include={"id", "check", "status", "result", "model"})
    return JSONResponse(body | {"timings_ms": {k: round(v, 1) for k, v in reply.timings_ms.items()}})


def pending_response(task_id: str, check: str, status: int) -> Response:
    """202 when a request gave up waiting, 200 when somebody asked how far it is."""
    folder = "verifications" if check == VERIFICATION.name else "checks"
    headers = {"Location": f"/v1/{folder}/{task_id}", "Retry-After": str(RETRY_AFTER_S)}
    return JSONResponse(PendingCheck(id=task_id, check=check).model_dump(), status, headers)
