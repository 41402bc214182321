"""Signs receipts with Ed25519, as JSON Web Signatures."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.adapters.sealing import Sealer
from services.core.deletions import PublicKey

PURPOSE = "ekyc deletion receipts"


class Ed25519Notary:
    """Its key comes from the first sealing key: none more to keep, and it changes with that one.

    Receipts outlive it: the public key is kept beside them.
    """

    def __init__(self, sealer: Sealer):
        self._private = Ed25519PrivateKey.from_private_bytes(sealer.derived(PURPOSE))
        x = _text(self._private.public_key().public_bytes_raw())
        self._key = PublicKey(kid=_thumbprint(x), x=x)

    @property
    def key(self) -> PublicKey:
        """What verifies them."""
        return self._key

    def sign(self, statement: dict[str, Any]) -> str:
        """`header.payload.signature`."""
        header = {"alg": "EdDSA", "kid": self._key.kid, "typ": "JWT"}
        signed = f"{_text(_json(header))}.{_text(_json(statement))}"
        return f"{signed}.{_text(self._private.sign(signed.encode()))}"


def _thumbprint(x: str) -> str:
    """RFC 7638."""
    return _text(hashlib.sha256(_json({"crv": "Ed25519", "kty": "OKP", "x": x})).digest())


def _json(said: dict[str, Any]) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode()


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
