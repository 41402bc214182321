"""Who may call: tenants, their limits and their API keys.

A key is `ekyc_<id>_<secret>`. The prefix lets scanners of leaked secrets find it, the id finds its row, and
the secret has 256 random bits. Only the SHA-256 of the secret is kept. A slow hash would add nothing: it
makes guessing dear where people choose words, and nobody guesses 256 random bits; every request would pay.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

LOCAL_ID: Final = "local"
"""Whom checks belong to where keys are off, and those of versions that knew no tenants."""

Tier = Literal["standard", "premium"]
"""A tenant's class of service: a label of metrics, so there are few."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
RateRps = Annotated[float, Field(strict=True, ge=0.001, le=10_000)]
Burst = Annotated[int, Field(strict=True, ge=1, le=100_000)]
RETENTION_DAYS: Final = 30
"""How long results are kept where nothing else is said. A day at least: so long images may stay."""
RetentionDays = Annotated[int, Field(strict=True, ge=1, le=3650)]
QuotaMonth = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]

_KEY = re.compile(r"ekyc_([0-9a-f]{12})_([0-9a-f]{64})")


class Limits(BaseModel):
    """What a tenant may ask for."""

    model_config = ConfigDict(frozen=True)

    rate_rps: RateRps
    """New checks a second, in the long run."""
    burst: Burst
    """New checks at once, after a pause."""
    quota_month: QuotaMonth | None
    """Billable checks a calendar month, UTC; null: no bound."""


TIERS: dict[Tier, Limits] = {
    "standard": Limits(rate_rps=5, burst=10, quota_month=100_000),
    "premium": Limits(rate_rps=50, burst=100, quota_month=None),
}
"""What a new tenant gets where nothing else is said."""


class Tenant(Limits):
    """A business that calls the API; its checks are nobody else's."""

    id: str
    name: Name
    tier: Tier
    created_at_s: float
    retention_days: RetentionDays = RETENTION_DAYS
    """How long results are kept."""


class KeyState(StrEnum):
    """What a key opens: `active` and `expiring` everything of its tenant, the others nothing."""

    ACTIVE = "active"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    REVOKED = "revoked"


class ApiKey(BaseModel):
    """A key as the database knows it."""

    model_config = ConfigDict(frozen=True)

    id: str
    tenant_id: str
    secret_hash: str
    created_at_s: float
    expires_at_s: float | None = None
    """Set by a rotation: until then the old key works beside the new one."""
    revoked_at_s: float | None = None

    def state(self, now_s: float) -> KeyState:
        """Where it stands."""
        if self.revoked_at_s is not None:
            return KeyState.REVOKED
        if self.expires_at_s is None:
            return KeyState.ACTIVE
        return KeyState.EXPIRING if now_s < self.expires_at_s else KeyState.EXPIRED

    def opens(self, secret: str, now_s: float) -> bool:
        """Whether `secret` is the right one, now. Takes as long for a wrong one as for a right one."""
        is_right = hmac.compare_digest(self.secret_hash, hash_secret(secret))
        return is_right and self.state(now_s) in {KeyState.ACTIVE, KeyState.EXPIRING}


def new_tenant(name: str, tier: Tier, now_s: float, **limits: float | None) -> Tenant:
    """A tenant with its tier's limits, less those that `limits` names. Raises pydantic's ValidationError."""
    return Tenant.model_validate(
        TIERS[tier].model_dump()
        | limits
        | {"id": secrets.token_hex(8), "name": name, "tier": tier, "created_at_s": now_s}
    )


def issue_key(tenant_id: str, now_s: float) -> tuple[ApiKey, str]:
    """A new key, and the text that its owner sends: shown once, kept nowhere."""
    key_id, secret = secrets.token_hex(6), secrets.token_hex(32)
    key = ApiKey(id=key_id, tenant_id=tenant_id, secret_hash=hash_secret(secret), created_at_s=now_s)
    return key, f"ekyc_{key_id}_{secret}"


def split_key(text: str) -> tuple[str, str] | None:
    """The id and the secret of what a caller sent; None when it cannot be a key."""
    found = _KEY.fullmatch(text)
    return (found[1], found[2]) if found else None


def hash_secret(secret: str) -> str:
    """What is kept of a secret: SHA-256, hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()
