"""The Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header): sent again, but done once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.core.errors import IdempotencyKeyMalformed

KEPT_S = 24 * 3600
"""How long a key stands for its first request."""
PATTERN = r'^("[!#-\[\]-~ ]{1,128}"|[A-Za-z0-9._:/+=-]{1,128})$'
"""A string of RFC 9651 as the draft asks, less its escapes; or the bare word that most clients send."""

_KEY = re.compile(PATTERN)


@dataclass(frozen=True)
class Claim:
    """A key and the request that it stands for."""

    key: str
    request_hash: str


def read_key(values: Sequence[str]) -> str | None:
    """The key of a request's headers, None without one. Raises IdempotencyKeyMalformed."""
    if not values:
        return None
    if len(values) > 1 or not _KEY.fullmatch(values[0]):
        raise IdempotencyKeyMalformed
    return values[0].strip('"')


def request_hash(check: str, images: Mapping[str, bytes]) -> str:
    """SHA-256 of all that a request asks for, hexadecimal. Lengths keep parts from running together."""
    digest = hashlib.sha256(check.encode())
    for part, data in sorted(images.items()):
        digest.update(f"\n{part} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()
