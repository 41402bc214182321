"""Reads a JSON body, bounded while it streams."""

from __future__ import annotations

from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from services.core.errors import BadRequest, BodyTooLarge

M = TypeVar("M", bound=BaseModel)

MOST_BYTES = 16 * 1024


async def read_json(request: Request, wanted: type[M]) -> M:
    """Raises BodyTooLarge; BadRequest: it is not JSON, or not what is wanted."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise BodyTooLarge(f"At most {MOST_BYTES:,} bytes are read")
    try:
        return wanted.model_validate_json(bytes(body))
    except ValidationError as error:
        raise BadRequest("; ".join(map(_told, error.errors(include_input=False)))) from None


def described(wanted: type[BaseModel]) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads `wanted`, a model without others inside."""
    schema = wanted.model_json_schema()
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _told(mistake: Any) -> str:
    where = ".".join(map(str, mistake["loc"]))
    return f"{where}: {mistake['msg']}" if where else str(mistake["msg"])
