"""Checks deleted on request, and the proof of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from structlog.contextvars import bind_contextvars

from services.api.gate import GUARDED, Gate, OpenGate, uncharged_router
from services.api.problems import declared
from services.core import errors as e
from services.core.deletion_errors import CheckIsPart, DeletionNotFound
from services.core.deletions import Deletion, Erased, PublicKey
from services.erasure import Erasure

RETRY_AFTER_S = 60

CheckId = Annotated[str, Path(alias="id", pattern=r"^[0-9a-f]{32}$")]


class CheckDeletion(BaseModel):
    """A check that was deleted. Its usage record stays: it says nothing about a person."""

    id: str = Field(description="The check's")
    check: str
    deleted_at_s: float = Field(description="When its result was gone, in Unix seconds")
    complete: bool = Field(description="false: an image may lie in a store that is away; it is deleted later")
    erased: list[Erased]
    receipt: str | None = Field(
        description="Once complete: all of this, signed (a JSON Web Signature; `GET /v1/deletions/keys`)"
    )


class KeySet(BaseModel):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[PublicKey]


def routes(gate: Gate | OpenGate, erasure: Erasure) -> APIRouter:
    """DELETE /v1/checks/{id} and /v1/verifications/{id}, and /v1/deletions."""
    router = uncharged_router(gate, "deletions")
    _add_delete(router, erasure, "check", "its result and its images")
    _add_delete(router, erasure, "verification", "its checks, its session and all images")
    _add_proofs(router, erasure)
    return router


def _add_delete(router: APIRouter, erasure: Erasure, kind: str, what: str) -> None:
    @router.delete(
        f"/{kind}s/{{id}}",
        summary=f"Delete a {kind}, {what}, in whatever state; twice is once",
        operation_id=f"delete-{kind}",
        response_model=CheckDeletion,
        responses=declared(
            e.BadRequest, e.CheckNotFound, CheckIsPart, e.SealKeyUnknown, e.SealBroken, *GUARDED
        )
        | {202: {"model": CheckDeletion, "description": "Deleted, less what lies in a store that is away"}},
    )
    async def delete(request: Request, check_id: CheckId) -> Response:
        bind_contextvars(id=check_id)
        deletion = await erasure.delete(request.state.caller.tenant_id, check_id)
        body = _view(deletion).model_dump(mode="json")
        if deletion.receipt:
            return JSONResponse(body)
        headers = {"Location": f"/v1/deletions/{check_id}", "Retry-After": str(RETRY_AFTER_S)}
        return JSONResponse(body, 202, headers)


def _add_proofs(router: APIRouter, erasure: Erasure) -> None:
    @router.get(
        "/deletions/keys",
        summary="The public keys of all receipts",
        operation_id="list-deletion-keys",
        responses=declared(*GUARDED),
    )
    async def list_keys() -> KeySet:
        return KeySet(keys=await erasure.deletions.keys())

    @router.get(
        "/deletions/{id}",
        summary="What was deleted of a check, and the receipt",
        operation_id="get-deletion",
        responses=declared(e.BadRequest, DeletionNotFound, *GUARDED),
    )
    async def get_deletion(request: Request, check_id: CheckId) -> CheckDeletion:
        bind_contextvars(id=check_id)
        return _view(await erasure.find(request.state.caller.tenant_id, check_id))


def _view(deletion: Deletion) -> CheckDeletion:
    return CheckDeletion(complete=deletion.receipt is not None, **deletion.model_dump(exclude={"tenant_id"}))
