"""Proof of what was deleted: a receipt is a JSON Web Signature (RFC 7515) by Ed25519 (RFC 8037).

Whoever has the public keys (a JWK Set, RFC 7517) can check a receipt years later without asking us, with any
library that knows these. Digests are those of the bytes as they rested, sealed: of a name or a date of birth
a digest would tell too much.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

ISSUER = "ekyc"


class PublicKey(BaseModel):
    """A JSON Web Key that verifies receipts."""

    model_config = ConfigDict(frozen=True)

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    alg: Literal["EdDSA"] = "EdDSA"
    use: Literal["sig"] = "sig"
    kid: str = Field(description="Its RFC 7638 thumbprint")
    x: str = Field(description="The key itself, base64url")


class Erased(BaseModel):
    """One thing that was deleted."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["check", "result", "image", "session", "feedback"]
    id: str
    sha256: str | None = Field(
        default=None, description="Of its bytes as they rested, sealed; null: a row, or the store was away"
    )


class Deletion(BaseModel):
    """A check that was deleted: what is left to tell of it."""

    model_config = ConfigDict(frozen=True)

    id: str
    tenant_id: str
    check: str
    deleted_at_s: float
    erased: list[Erased]
    receipt: str | None = None
    """None as long as an image may still lie in a store that is away."""

    @property
    def images(self) -> list[str]:
        """Keys of the objects."""
        return [one.id for one in self.erased if one.kind == "image"]

    def statement(self, now_s: float) -> dict[str, Any]:
        """What a receipt says: that all of this is gone, by `now_s`."""
        return {
            "iss": ISSUER,
            "aud": self.tenant_id,
            "sub": self.id,
            "iat": int(now_s),
            "check": self.check,
            "deleted_at_s": self.deleted_at_s,
            "erased": [one.model_dump() for one in self.erased],
        }


def digest(data: bytes | bytearray) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def digests(objects: Mapping[str, bytes]) -> dict[str, str]:
    """Of each, by key."""
    return {key: digest(data) for key, data in objects.items()}
