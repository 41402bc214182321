"""What travels through the broker: a task to a worker, a reply back. Versioned JSON.

A message carries references to images, never images, and no personal data.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.core.errors import CheckExpired, ServiceError
from services.core.tenants import LOCAL_ID


class MessageUnreadable(Exception):
    """A message of an unknown version or shape; it belongs in the dead-letter queue."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1

    def encode(self) -> bytes:
        """The message on the wire."""
        return self.model_dump_json().encode()

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """Read a message from the wire.

        Raises MessageUnreadable: when it is not one of this version; the text holds no part of the body.
        """
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            raise MessageUnreadable(f"{cls.__name__}: {error.error_count()} mistakes") from None


class Task(_Message):
    """Work for one model."""

    id: str
    tenant: str = LOCAL_ID
    """Whose it is; of a task that an older version queued, LOCAL_ID."""
    check: str
    images: dict[str, str]
    """Object key of each image, by part name."""
    created_at_s: float
    """When the request arrived, in Unix seconds."""
    deadline_s: float
    """When nobody waits for the answer any more, in Unix seconds."""
    published_at_s: float = 0.0
    """When it was queued, in Unix seconds."""
    timings_ms: dict[str, float] = Field(default_factory=dict)
    """What the API spent before it published, by stage."""
    part_of: str | None = None
    """The verification that it is a check of; its images are that one's."""

    def encode(self) -> bytes:
        """The message on the wire: an older worker reads what is no part of anything."""
        return self.model_dump_json(exclude_none=True).encode()

    def expired(self, now_s: float) -> bool:
        """Whether the deadline has passed."""
        return now_s >= self.deadline_s


class Status(StrEnum):
    """Where a check stands; the last three are final."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"


class ModelInfo(BaseModel):
    """Which model answered."""

    model_config = ConfigDict(frozen=True)

    name: str
    version: str


class Reply(_Message):
    """The final word on a task."""

    id: str
    check: str
    status: Literal[Status.DONE, Status.FAILED, Status.EXPIRED]
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    """`ServiceError.to_dict` of what went wrong, unless done."""
    model: ModelInfo | None = None
    timings_ms: dict[str, float] = Field(default_factory=dict)

    @classmethod
    def failed(
        cls,
        about: Task | Record | Reply,
        error: ServiceError,
        timings_ms: dict[str, float] | None = None,
        model: ModelInfo | None = None,
    ) -> Self:
        """The check ended with `error`."""
        status = Status.EXPIRED if isinstance(error, CheckExpired) else Status.FAILED
        return cls(
            id=about.id,
            check=about.check,
            status=status,
            error=error.to_dict(),
            model=model,
            timings_ms=timings_ms or {},
        )


class Record(BaseModel):
    """A check as the results table knows it."""

    model_config = ConfigDict(frozen=True)

    id: str
    tenant: str = LOCAL_ID
    check: str
    status: Status
    deadline_s: float
    part_of: str | None = None
    """The verification that it is a check of."""
    reply: Reply | None = None
    """Present once the status is final."""
