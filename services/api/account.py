"""What a tenant may ask about its own account, and about errors."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from services.api.gate import GUARDED, Caller, Gate, OpenGate, guarded_router
from services.api.problems import declared
from services.core.errors import BadRequest, catalogue
from services.core.usage import Month, MonthOfUsage, month_of, month_of_lines
from services.ports import Clock, Usage

_MONTH = "`2026-11`, for one; this month by default"


class ErrorEntry(BaseModel):
    """One way in which a request or a check may end."""

    code: str = Field(description="Stable; never given another meaning")
    status: int
    title: str
    billable: bool = Field(description="Whether a check that ends so is charged for")
    retryable: bool = Field(
        description="Whether the same request is worth sending again, after `Retry-After`"
    )


def routes(gate: Gate | OpenGate, usage: Usage, clock: Clock) -> APIRouter:
    """/v1/errors and /v1/usage."""
    router = guarded_router(gate, "account")
    errors = error_entries()

    @router.get(
        "/errors",
        summary="Every error code there is",
        operation_id="list-errors",
        responses=declared(*GUARDED),
    )
    async def list_errors() -> list[ErrorEntry]:
        return errors

    @router.get(
        "/usage",
        summary="How your checks of a month ended, and which are charged for",
        operation_id="get-usage",
        responses=declared(BadRequest, *GUARDED),
    )
    async def get_usage(
        request: Request, month: Annotated[Month | None, Query(description=_MONTH)] = None
    ) -> MonthOfUsage:
        caller: Caller = request.state.caller
        wanted = month or month_of(clock.now())
        return month_of_lines(wanted, await usage.of_month(caller.tenant_id, wanted))

    return router


def error_entries() -> list[ErrorEntry]:
    """One a class of errors that is loaded by now."""
    return [
        ErrorEntry(
            code=cause.code,
            status=cause.status,
            title=cause.title,
            billable=cause.billable,
            retryable=cause.retry_after_s is not None,
        )
        for cause in catalogue()
    ]
