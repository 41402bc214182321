"""Errors as RFC 9457 problem documents, in answers and in the OpenAPI description."""

from __future__ import annotations

from http import HTTPStatus
from itertools import groupby
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from services.core.errors import BadRequest, InternalError, MethodNotAllowed, NotFound, ServiceError

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    type: str = Field(description="A URN that ends in the code")
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable; branch on this")
    billable: bool = Field(description="Whether a model looked at the images")
    image: str | None = Field(default=None, description="The image field that the problem is about")
    id: str | None = Field(default=None, description="The check, where one was made")


def problem_response(error: ServiceError, check_id: str | None = None) -> Response:
    """The answer that tells a client of `error`."""
    problem = Problem(
        type=f"urn:ekyc:problem:{error.code}",
        title=error.title,
        status=error.status,
        detail=error.detail,
        code=error.code,
        billable=error.billable,
        image=error.image,
        id=check_id,
    )
    headers = {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(problem.model_dump(exclude_none=True), error.status, headers, MEDIA_TYPE)


def declared(*causes: type[ServiceError]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may end in any of `causes`."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    by_status = groupby(sorted(causes, key=lambda cause: cause.status), key=lambda cause: cause.status)
    return {
        status: {
            "description": f"{HTTPStatus(status).phrase}: {', '.join(sorted(cause.code for cause in group))}",
            "content": {MEDIA_TYPE: schema},
            **_HEADERS.get(status, {}),
        }
        for status, group in by_status
    }


_HEADERS: dict[int, dict[str, Any]] = {
    401: {"headers": {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}},
    429: {"headers": {"Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 1}}}},
}


class ProblemApp(FastAPI):
    """A FastAPI whose description holds the `Problem` schema that `declared` refers to."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        document = super().openapi()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        # What the framework would answer to wrong parameters; `install` makes it a 400.
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        for path in document["paths"].values():
            for operation in path.values():
                if "HTTPValidationError" in str(operation["responses"].get("422")):
                    del operation["responses"]["422"]
        return document


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem document, those of the framework included."""
    app.add_exception_handler(ServiceError, _service_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _bug)


async def _service_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceError)  # noqa: S101  # registered for this class
    return problem_response(error)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this class
    cause = {404: NotFound, 405: MethodNotAllowed}.get(error.status_code, BadRequest)
    response = problem_response(cause(error.detail if cause is BadRequest else ""))
    response.headers.update(error.headers or {})
    if cause is MethodNotAllowed:
        response.headers["Allow"] = ", ".join(sorted(_allowed(request)))
    return response


def _allowed(request: Request) -> set[str]:
    """The methods of every route with this path; the framework names the first route's."""
    return {
        method
        for route in request.app.routes
        if route.matches(request.scope)[0] is not Match.NONE
        for method in getattr(route, "methods", None) or ()
    }


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for this class
    return problem_response(BadRequest("; ".join(e["msg"] for e in error.errors())))


async def _bug(_request: Request, _error: Exception) -> Response:
    return problem_response(InternalError())
