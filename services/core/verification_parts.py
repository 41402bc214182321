"""What a verification is made of: three checks of two images, each an ordinary task to its worker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal
from uuid import uuid4

from services.core.errors import BY_CODE, CheckExpired, ServiceError, VerificationIncomplete
from services.core.messages import Reply, Task

NAME = "verification"
ImageName = Literal["document", "selfie"]
PARTS: dict[str, dict[str, ImageName]] = {
    "document-ocr": {"document": "document"},
    "face-match": {"image_a": "document", "image_b": "selfie"},
    "face-liveness": {"selfie": "selfie"},
}
"""Of each check, which image goes into which of its fields."""


def tasks_of(verification: Task) -> list[Task]:
    """The tasks under a verification. They share its images and its deadline."""
    return [
        verification.model_copy(
            update={
                "id": uuid4().hex,
                "check": check,
                "part_of": verification.id,
                "images": {field: verification.images[image] for field, image in fields.items()},
            }
        )
        for check, fields in PARTS.items()
    ]


def image_of(check: str, field: str | None) -> ImageName | None:
    """The verification's image that a check's error is about."""
    return PARTS[check].get(field or "")


def refusal_of(reply: Reply) -> ServiceError | None:
    """What a check has against its images: a finding like any other. None when it has a result."""
    if reply.error is None:
        return None
    error = ServiceError.from_dict(reply.error)
    error.image = image_of(reply.check, error.image)
    return error


def failure_of(replies: Iterable[Reply]) -> ServiceError | None:
    """Why there is nothing to decide: a check says nothing about its images. None when all of them do.

    An image that cannot be read is the caller's to replace; all else is worth another try.
    """
    failed = {reply.check: error for reply in replies if (error := refusal_of(reply)) and not error.billable}
    for error in failed.values():
        if error.status < 500:
            return error
    if any(isinstance(error, CheckExpired) for error in failed.values()):
        return CheckExpired()
    return VerificationIncomplete(_told(failed)) if failed else None


def total_ms(replies: Iterable[Reply]) -> dict[str, float]:
    """From the request's arrival until the last check had its result, in milliseconds."""
    return {"total": max((reply.timings_ms.get("total", 0.0) for reply in replies), default=0.0)}


def _told(failed: Mapping[str, ServiceError]) -> str:
    return "; ".join(f"{check}: {error.code}" for check, error in failed.items() if error.code in BY_CODE)
