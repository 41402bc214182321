"""Webhooks signed as Standard Webhooks asks (standardwebhooks.com, version 1, symmetric): verify and sign.

The signature is HMAC-SHA256 over `id.timestamp.body`. A secret is `whsec_` and base64. Several secrets may be
valid at a time, and a message may carry several signatures: so a secret is replaced without a pause.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

Secrets = str | Sequence[str]
Reason = Literal[
    "header-missing", "timestamp-malformed", "too-old", "too-new", "signature-wrong", "payload-malformed"
]

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE_S = 300
_PREFIX = "whsec_"
_SECONDS = re.compile(r"[0-9]{1,15}")


class WebhookInvalid(Exception):
    """A message that must not be believed."""

    def __init__(self, reason: Reason):
        super().__init__(reason)
        self.reason = reason


def verify_webhook(
    payload: bytes,
    headers: Mapping[str, str],
    secrets: Secrets,
    tolerance_s: float = TOLERANCE_S,
    now: Callable[[], float] = time.time,
) -> dict[str, Any]:
    """What a webhook says, once it is certain who sent it and that it is no old one sent again.

    `payload` is the body as it came, byte for byte. `headers` may be in any case. A message that is delivered
    twice has the same `webhook-id` both times: remember them for as long, where that matters.

    Raises WebhookInvalid; ValueError: a secret is not one.
    """
    keys = _keys(secrets)
    sent = {name.lower(): value for name, value in headers.items()}
    if not all(sent.get(name) for name in (ID, TIMESTAMP, SIGNATURE)):
        raise WebhookInvalid("header-missing")
    _check_age(sent[TIMESTAMP], tolerance_s, now())
    expected = [_signature(key, sent[ID], sent[TIMESTAMP], payload) for key in keys]
    given = [_encoded(word) for word in sent[SIGNATURE].split(" ")]
    if not any(hmac.compare_digest(ours, theirs) for ours in expected for theirs in given):
        raise WebhookInvalid("signature-wrong")
    return _read(payload)


def sign_webhook(payload: bytes, message_id: str, timestamp_s: int, secrets: Secrets) -> dict[str, str]:
    """The headers of a webhook sent at `timestamp_s` (Unix seconds): one signature a secret.

    Raises ValueError: a secret is not one.
    """
    timestamp = str(timestamp_s)
    signatures = [_signature(key, message_id, timestamp, payload).decode() for key in _keys(secrets)]
    return {ID: message_id, TIMESTAMP: timestamp, SIGNATURE: " ".join(signatures)}


def _keys(secrets: Secrets) -> list[bytes]:
    words = [secrets] if isinstance(secrets, str) else list(secrets)
    try:
        keys = [base64.b64decode(word.removeprefix(_PREFIX), validate=True) for word in words]
    except (binascii.Error, ValueError):
        raise ValueError("a secret is `whsec_` and base64") from None
    if not keys or not all(keys):
        raise ValueError("a secret is needed")
    return keys


def _check_age(timestamp: str, tolerance_s: float, now_s: float) -> None:
    if not _SECONDS.fullmatch(timestamp):
        raise WebhookInvalid("timestamp-malformed")
    age_s = now_s - int(timestamp)
    if age_s > tolerance_s:
        raise WebhookInvalid("too-old")
    if age_s < -tolerance_s:
        raise WebhookInvalid("too-new")


def _signature(key: bytes, message_id: str, timestamp: str, payload: bytes) -> bytes:
    signed = _encoded(f"{message_id}.{timestamp}.") + payload
    return b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())


def _encoded(header: str) -> bytes:
    return header.encode("utf-8", "surrogatepass")  # what servers make of bytes that are no text


def _read(payload: bytes) -> dict[str, Any]:
    try:
        said = json.loads(payload.decode())
    except ValueError:  # of UTF-8, or of JSON
        said = None
    if not isinstance(said, dict):
        raise WebhookInvalid("payload-malformed")
    return said
