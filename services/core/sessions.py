"""Sessions: for a while a phone takes the pictures of one verification, with a token that opens nothing else.

A token is `ekyc_session_<id>_<secret>`; of the secret only the SHA-256 is kept, as of an API key's.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import get_args
from uuid import uuid4

from pydantic import BaseModel, ConfigDict

from services.core.conventions import image_key
from services.core.errors import ServiceError
from services.core.messages import Record, Reply
from services.core.tenants import hash_secret
from services.core.verification_parts import ImageName
from services.core.verification_policy import Hint

SLOTS: tuple[ImageName, ...] = get_args(ImageName)
LIFETIME_S, LEAST_LIFETIME_S, MOST_LIFETIME_S = 1_800, 60, 86_400
"""By default, at least, at most. What nobody submits goes with the chore `expire-images`, which spares what
is younger than the longest session."""
MOST_ATTEMPTS = 3
"""How often pictures that are too poor may be taken again, the first time included. Each is charged for."""
TOKEN_PREFIX = "ekyc_session_"  # noqa: S105  # what every token begins with

_TOKEN = re.compile(rf"{TOKEN_PREFIX}([0-9a-f]{{32}})_([0-9a-f]{{64}})")


class SessionStatus(StrEnum):
    """Where a session stands."""

    OPEN = "open"
    PROCESSING = "processing"
    DONE = "done"
    EXPIRED = "expired"


class Session(BaseModel):
    """A session as the database knows it."""

    model_config = ConfigDict(frozen=True)

    id: str
    tenant_id: str
    token_hash: str
    reference: str | None
    created_at_s: float
    expires_at_s: float
    version: int = 0
    """Counts its changes."""
    attempts: int = 0
    """Verifications that said something about the pictures."""
    is_submitted: bool = False
    verification_id: str | None = None
    """The latest."""
    document_key: str | None = None
    selfie_key: str | None = None

    @property
    def keys(self) -> dict[ImageName, str | None]:
        """Where the picture of each slot is, if there is one."""
        return {"document": self.document_key, "selfie": self.selfie_key}

    def opens(self, secret: str) -> bool:
        """Whether `secret` is its token's. Takes as long for a wrong one as for a right one."""
        return hmac.compare_digest(self.token_hash, hash_secret(secret))

    def filled(self, slot: ImageName, key: str) -> Session:
        """With another picture."""
        return self.model_copy(update={f"{slot}_key": key})

    def submitted(self, verification_id: str) -> Session:
        """With its pictures on their way."""
        news = {"is_submitted": True, "verification_id": verification_id, "attempts": self.attempts + 1}
        return self.model_copy(update=news)

    def settled(self, reply: Reply, now_s: float) -> Session:
        """After the final word on its verification: open for another try, or without its pictures."""
        is_over = now_s >= self.expires_at_s
        gone: dict[str, None] = {f"{slot}_key": None for slot in SLOTS}
        if is_our_fault(reply):
            again = {"is_submitted": False, "attempts": self.attempts - 1}
            return self.model_copy(update=again | (gone if is_over else {}))
        poor = {hint.image for hint in hints_of(reply)}
        if poor and not is_over and self.attempts < MOST_ATTEMPTS:
            return self.model_copy(update={"is_submitted": False} | {f"{slot}_key": None for slot in poor})
        return self.model_copy(update=gone)


@dataclass(frozen=True)
class Standing:
    """A session and what is known of its latest verification."""

    session: Session
    record: Record | None = None

    def status(self, now_s: float) -> SessionStatus:
        """Where it stands."""
        if self.session.is_submitted:
            return SessionStatus.DONE if self.record and self.record.reply else SessionStatus.PROCESSING
        return SessionStatus.OPEN if now_s < self.session.expires_at_s else SessionStatus.EXPIRED

    @property
    def hints(self) -> list[Hint]:
        """What to do better with each picture that is to be taken again."""
        if self.session.is_submitted or not (self.record and self.record.reply):
            return []
        return [hint for hint in hints_of(self.record.reply) if self.session.keys[hint.image] is None]

    @property
    def failure(self) -> str | None:
        """Why the same pictures are to be submitted again."""
        if self.session.is_submitted or not (self.record and self.record.reply):
            return None
        return (self.record.reply.error or {}).get("code") if is_our_fault(self.record.reply) else None


def new_session(tenant_id: str, reference: str | None, lifetime_s: int, now_s: float) -> tuple[Session, str]:
    """A session and its token: told once, kept nowhere."""
    session_id, secret = uuid4().hex, secrets.token_hex(32)
    session = Session(
        id=session_id,
        tenant_id=tenant_id,
        token_hash=hash_secret(secret),
        reference=reference,
        created_at_s=now_s,
        expires_at_s=now_s + lifetime_s,
    )
    return session, f"{TOKEN_PREFIX}{session_id}_{secret}"


def split_token(text: str) -> tuple[str, str] | None:
    """The session's id and the secret of what a caller sent; None when it cannot be a token."""
    found = _TOKEN.fullmatch(text)
    return (found[1], found[2]) if found else None


def new_upload_key(session: Session, slot: ImageName) -> str:
    """Where the next picture of a slot goes; a key is written once."""
    return image_key(session.tenant_id, "session", session.id, f"{slot}-{secrets.token_hex(8)}")


def claim_key(session: Session) -> str:
    """Stands for submitting the session as it is now. No idempotency key of a caller's has a backslash."""
    return f"\\{session.id}\\{session.version}"


def hints_of(reply: Reply) -> list[Hint]:
    """Which pictures to take again, and why."""
    if reply.result:
        return [Hint.model_validate(hint) for hint in reply.result["hints"]]
    error = reply.error
    if error is None or is_our_fault(reply):
        return []
    return [Hint(image=slot, code=error["code"]) for slot in SLOTS if error["image"] in (slot, None)]


def is_our_fault(reply: Reply) -> bool:
    """Whether the pictures had nothing to do with how it ended."""
    return reply.error is not None and ServiceError.from_dict(reply.error).status >= 500
