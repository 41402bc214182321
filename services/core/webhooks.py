"""Endpoints of tenants, and what is delivered to them: signed, tried again, given up (Standard Webhooks 1).

The client has a verifier of its own, for it can be copied out; a test holds the two together.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from enum import StrEnum
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, Field

MOST_ENDPOINTS = 5
"""A tenant may have so many."""
OVERLAP_S = 24 * 3600.0
"""How long a replaced secret still signs beside the new one."""
RETRY_AFTER_S = (5.0, 300.0, 3600.0, 5 * 3600.0, 18 * 3600.0)
"""Pauses after each failure; after one more failure nobody tries again."""
JITTER_RATIO = 0.2
"""A pause is up to so much longer, so that what failed together does not come back together."""
KEPT_ATTEMPTS = 20
KEPT_S = 30 * 24 * 3600.0
"""How long a delivery can be looked up and sent again."""

MOST_SECRETS = 4
"""That sign at a time; the oldest goes when there would be more."""

_SECRET_BYTES = 32


class Secret(BaseModel):
    """What a tenant and we sign with; `until_s` of one that was replaced."""

    model_config = ConfigDict(frozen=True)

    text: str = Field(repr=False)
    until_s: float | None = None

    def is_valid(self, now_s: float) -> bool:
        """Whether it signs still."""
        return self.until_s is None or now_s < self.until_s


class Endpoint(BaseModel):
    """Where a tenant wants to be told, and of what."""

    model_config = ConfigDict(frozen=True)

    id: str
    tenant_id: str
    url: str
    events: list[str]
    created_at_s: float
    disabled_at_s: float | None = None
    disabled_because: str | None = None


class DeliveryState(StrEnum):
    """`pending` is tried, or tried again; `dead` is given up."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class Attempt(BaseModel):
    """One try: the endpoint's status, or why there was none."""

    model_config = ConfigDict(frozen=True)

    at_s: float
    ms: int
    status: int | None = None
    error: str | None = None

    @property
    def arrived(self) -> bool:
        """Whether the endpoint took it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the endpoint wants nothing any more."""
        return self.status == HTTPStatus.GONE


class Delivery(BaseModel):
    """One event on its way to one endpoint. `id` is the event's, the same for every try."""

    model_config = ConfigDict(frozen=True)

    webhook_id: str
    id: str
    tenant_id: str
    type: str
    payload: str = Field(repr=False)
    state: DeliveryState
    failures: int
    """Since it was sent by hand the last time, or at all."""
    next_at_s: float
    """When it is due; whoever takes it sets this to when others may."""
    attempts: list[Attempt]
    created_at_s: float

    def after(self, attempt: Attempt, now_s: float, jitter: float) -> Delivery:
        """What becomes of it; `jitter` is from 0 to 1."""
        known = [*self.attempts, attempt][-KEPT_ATTEMPTS:]
        failures = self.failures + (not attempt.arrived)
        pause_s = retry_after_s(failures, jitter)
        state, next_at_s = DeliveryState.DEAD, self.next_at_s
        if attempt.arrived:
            state = DeliveryState.DELIVERED
        elif pause_s is not None and not attempt.is_gone:
            state, next_at_s = DeliveryState.PENDING, now_s + pause_s
        changes = {"attempts": known, "failures": failures, "state": state, "next_at_s": next_at_s}
        return self.model_copy(update=changes)


class Undelivered(Exception):
    """No status came back; `reason` is a word for it, and says nothing of the address."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def retry_after_s(failures: int, jitter: float) -> float | None:
    """The pause after so many failures; None: no more."""
    if failures > len(RETRY_AFTER_S):
        return None
    return RETRY_AFTER_S[failures - 1] * (1 + JITTER_RATIO * jitter)


def new_secret() -> Secret:
    """As Standard Webhooks writes it."""
    return Secret(text="whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode())


def rotated(known: Sequence[Secret], now_s: float) -> list[Secret]:
    """A new one first; what signed alone until now goes on for OVERLAP_S, and older ones to their end."""
    latest = known[0].model_copy(update={"until_s": now_s + OVERLAP_S})
    older = [one for one in known[1:] if one.is_valid(now_s)]
    return [new_secret(), latest, *older][:MOST_SECRETS]


def sign(body: bytes, message_id: str, at_s: float, with_secrets: Sequence[Secret]) -> dict[str, str]:
    """The headers of a try at `at_s`: a signature a secret that is valid then."""
    timestamp = str(int(at_s))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = [_signature(one.text, signed) for one in with_secrets if one.is_valid(at_s)]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
