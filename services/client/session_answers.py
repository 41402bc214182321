"""What the API says about a session, read: to a phone, and to the business that made it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .answers import Answer


class SessionHint(Answer):
    """A picture to take again, and what to do better."""

    image: str
    code: str


class SessionState(Answer):
    """What a phone is told."""

    id: str
    status: Literal["open", "processing", "done", "expired"] | str
    expires_at: str
    slots: dict[str, bool]
    """Whether each has its picture."""
    hints: list[SessionHint]
    failure: str | None = None
    """The code of an error on the API's side that the last try ended with: submit the same again."""
    attempts_left: int
    retry_after_s: float | None = None


class CreatedSession(SessionState):
    """A new session; its phone needs the token alone."""

    token: str = Field(repr=False)
    uploads: dict[str, str]
    reference: str | None = None


class SessionRefusal(Answer):
    """What a verification ended with, where it is no result."""

    code: str
    detail: str
    image: str | None = None


class SessionVerification(Answer):
    """The latest verification of a session."""

    id: str
    status: Literal["pending", "done", "failed", "expired"] | str
    result: Any = Field(default=None, repr=False)
    """A `Verification`, once it is done."""
    error: SessionRefusal | None = None


class SessionOfBusiness(SessionState):
    """What the business is told besides."""

    reference: str | None = None
    verification: SessionVerification | None = None
