"""What a session says: to a phone no more than it needs, to the business everything."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from services.api.answers import RETRY_AFTER_S
from services.core.messages import Status
from services.core.sessions import (
    LEAST_LIFETIME_S,
    LIFETIME_S,
    MOST_ATTEMPTS,
    MOST_LIFETIME_S,
    SLOTS,
    SessionStatus,
    Standing,
)
from services.core.verification_parts import ImageName
from services.core.verification_policy import Hint
from services.verification import Refusal, Verification


class NewSession(BaseModel, extra="forbid"):
    """What a business may say about a session."""

    reference: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")] | None = Field(
        default=None, description="Yours, to find it again; no personal data"
    )
    expires_in_s: int = Field(default=LIFETIME_S, strict=True, ge=LEAST_LIFETIME_S, le=MOST_LIFETIME_S)


class SessionState(BaseModel):
    """What a phone needs to know."""

    id: str
    status: SessionStatus = Field(
        description="`open`: fill the slots and submit. `processing`: ask again after `retry_after_s`."
        " `done`, `expired`: nothing is left to do"
    )
    expires_at: str = Field(description="ISO 8601, UTC; nothing can be uploaded or submitted from then on")
    slots: dict[ImageName, bool] = Field(description="Whether each has its picture")
    hints: list[Hint] = Field(description="The pictures to take again, and what to do better")
    failure: str | None = Field(
        description="The code of an error on our side that the last try ended with: submit the same again"
    )
    attempts_left: int
    retry_after_s: int | None = Field(description="When to ask again; null: there is nothing to wait for")


class CreatedSession(SessionState):
    """A new session. Give the phone its id and its token."""

    token: str = Field(description="Opens this session alone; it is shown this once")
    uploads: dict[ImageName, str] = Field(description="Where each picture goes, by PUT")
    reference: str | None


class SessionVerification(BaseModel):
    """The latest verification of a session; each is charged for as one that is asked for directly."""

    id: str
    status: Status
    result: Verification | None = Field(default=None, description="Once it is done")
    error: Refusal | None = Field(default=None, description="Of one that failed or expired")


class SessionOfBusiness(SessionState):
    """What the business may know besides."""

    reference: str | None
    verification: SessionVerification | None = Field(description="null until something is submitted")


def state_of(standing: Standing, now_s: float) -> SessionState:
    """For a phone."""
    session, status = standing.session, standing.status(now_s)
    is_busy = status is SessionStatus.PROCESSING
    return SessionState(
        id=session.id,
        status=status,
        expires_at=datetime.fromtimestamp(session.expires_at_s, UTC).isoformat(timespec="seconds"),
        slots={slot: session.keys[slot] is not None for slot in SLOTS},
        hints=standing.hints,
        failure=standing.failure,
        attempts_left=MOST_ATTEMPTS - session.attempts,
        retry_after_s=RETRY_AFTER_S if is_busy or standing.failure else None,
    )


def created_answer(standing: Standing, token: str, now_s: float) -> CreatedSession:
    """For the business that made it."""
    session = standing.session
    return CreatedSession(
        **dict(state_of(standing, now_s)),
        token=token,
        uploads={slot: f"/v1/sessions/{session.id}/{slot}" for slot in SLOTS},
        reference=session.reference,
    )


def whole_answer(standing: Standing, now_s: float) -> SessionOfBusiness:
    """For the business."""
    return SessionOfBusiness(
        **dict(state_of(standing, now_s)),
        reference=standing.session.reference,
        verification=_verification(standing),
    )


def _verification(standing: Standing) -> SessionVerification | None:
    record = standing.record
    if record is None:
        return None
    said = record.reply
    return SessionVerification.model_validate(
        {
            "id": record.id,
            "status": record.status,
            "result": said and said.result,
            "error": said and said.error,
        }
    )
