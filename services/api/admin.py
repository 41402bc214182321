"""The administration over HTTP: an application of its own, whose callers hold the operator's token."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Path, Query, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from services.administration import GRACE_S, Administration, IssuedKey, KeyView, NewTenant, Terms
from services.api import problems
from services.api.problems import declared
from services.core.errors import BadRequest, ResultsUnavailable
from services.core.operator_errors import (
    AdminTokenWrong,
    KeyNotActive,
    KeyNotFound,
    TenantExists,
    TenantNotFound,
)
from services.core.tenants import Tenant
from services.core.usage import Month, MonthOfUsage

PATH = "/admin/v1"
MOST_GRACE_S = 90 * 24 * 3600

_BEARER = HTTPBearer(auto_error=False, scheme_name="token", description="EKYC_ADMIN_TOKEN")
_GUARDED = (AdminTokenWrong, BadRequest, ResultsUnavailable)

TenantName = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,63}$")]
KeyId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$")]


class Rotation(BaseModel, extra="forbid"):
    """How a key is replaced."""

    grace_s: float = Field(default=GRACE_S, strict=True, ge=0, le=MOST_GRACE_S)
    """How long the old one still works."""


def admin_app(administration: Administration, token: str) -> FastAPI:
    """Everything under PATH."""

    async def guard(given: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)] = None) -> None:
        if given is None or not hmac.compare_digest(given.credentials.encode(), token.encode()):
            raise AdminTokenWrong

    app = problems.ProblemApp(title="eKYC administration", version="1.0.0", docs_url=None, redoc_url=None)
    problems.install(app)
    router = APIRouter(dependencies=[Depends(guard)])
    _add_tenants(router, administration)
    _add_keys(router, administration)
    app.include_router(router)
    return app


def _add_tenants(router: APIRouter, administration: Administration) -> None:
    @router.post(
        "/tenants",
        status_code=201,
        summary="Create a tenant",
        responses=declared(*_GUARDED, TenantExists),
    )
    async def create_tenant(wanted: NewTenant) -> Tenant:
        return await administration.create_tenant(wanted)

    @router.get("/tenants", summary="List the tenants", responses=declared(*_GUARDED))
    async def list_tenants() -> list[Tenant]:
        return await administration.list_tenants()

    @router.patch(
        "/tenants/{name}",
        summary="Change a tenant's tier or limits",
        responses=declared(*_GUARDED, TenantNotFound),
    )
    async def change_tenant(name: TenantName, terms: Terms) -> Tenant:
        return await administration.change_tenant(name, terms)

    @router.get(
        "/tenants/{name}/usage",
        summary="What a tenant used in a month",
        responses=declared(*_GUARDED, TenantNotFound),
    )
    async def get_usage(name: TenantName, month: Annotated[Month | None, Query()] = None) -> MonthOfUsage:
        return await administration.usage(name, month)


def _add_keys(router: APIRouter, administration: Administration) -> None:
    @router.post(
        "/tenants/{name}/keys",
        status_code=201,
        summary="Create a key; it is shown this once",
        responses=declared(*_GUARDED, TenantNotFound),
    )
    async def create_key(name: TenantName) -> IssuedKey:
        return await administration.create_key(name)

    @router.get(
        "/tenants/{name}/keys",
        summary="List a tenant's keys",
        responses=declared(*_GUARDED, TenantNotFound),
    )
    async def list_keys(name: TenantName) -> list[KeyView]:
        return await administration.list_keys(name)

    @router.post(
        "/keys/{key_id}/rotate",
        status_code=201,
        summary="Replace a key; the old one works for a while",
        responses=declared(*_GUARDED, KeyNotFound, KeyNotActive),
    )
    async def rotate_key(key_id: KeyId, rotation: Rotation) -> IssuedKey:
        return await administration.rotate_key(key_id, rotation.grace_s)

    @router.delete(
        "/keys/{key_id}",
        status_code=204,
        summary="Revoke a key, within seconds",
        responses=declared(*_GUARDED, KeyNotFound),
    )
    async def revoke_key(key_id: KeyId) -> Response:
        await administration.revoke_key(key_id)
        return Response(status_code=204)
