"""Webhooks as the specification has them, with vectors that are computed here another way."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.client import WebhookInvalid, sign_webhook, verify_webhook

NOW_S = 1_700_000_000
KEY = bytes(range(24))
SECRET = "whsec_" + b64encode(KEY).decode()
OTHER = "whsec_" + b64encode(b"another secret of us").decode()
PAYLOAD = b'{"type": "check.done", "data": {"id": "\xc3\xa9"}}'


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """HMAC by its definition (RFC 2104), for keys of at most a block."""
    inner, outer = (bytes(byte ^ pad for byte in key.ljust(64, b"\0")) for pad in (0x36, 0x5C))
    return hashlib.sha256(outer + hashlib.sha256(inner + message).digest()).digest()


def headers_of(payload: bytes = PAYLOAD, sent_s: int = NOW_S, key: bytes = KEY) -> dict[str, str]:
    mac = hmac_sha256(key, b"msg_1." + str(sent_s).encode() + b"." + payload)
    signature = "v1," + b64encode(mac).decode()
    return {"webhook-id": "msg_1", "webhook-timestamp": str(sent_s), "webhook-signature": signature}


def verified(
    headers: dict[str, str], payload: bytes = PAYLOAD, secrets: str | list[str] = SECRET, **terms: Any
) -> dict[str, Any]:
    return verify_webhook(payload, headers, secrets, now=lambda: NOW_S, **terms)


def refused(headers: dict[str, str], **said: Any) -> str:
    with pytest.raises(WebhookInvalid) as raised:
        verified(headers, **said)
    return raised.value.reason


def test_a_signature_is_what_the_specification_says() -> None:
    assert sign_webhook(PAYLOAD, "msg_1", NOW_S, SECRET) == headers_of()
    assert verified(headers_of()) == json.loads(PAYLOAD)


def test_the_example_of_the_specifications_libraries() -> None:
    """The vector that the reference implementations test themselves with."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = sign_webhook(b'{"test": 2432232314}', "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, secret)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.dictionaries(st.text(), st.text()), st.integers(NOW_S - 300, NOW_S + 300), st.binary(min_size=1))
def test_what_is_signed_is_verified(said: dict[str, str], sent_s: int, key: bytes) -> None:
    secret, payload = "whsec_" + b64encode(key).decode(), json.dumps(said).encode()
    assert verified(sign_webhook(payload, "m", sent_s, secret), payload, secret) == said


@given(st.integers(0, len(PAYLOAD) * 8 - 1))
def test_one_bit_is_enough_to_refuse_it(bit: int) -> None:
    forged = bytearray(PAYLOAD)
    forged[bit // 8] ^= 1 << bit % 8
    assert refused(headers_of(), payload=bytes(forged)) == "signature-wrong"


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_id_and_time_are_signed_too(name: str) -> None:
    assert refused(headers_of() | {name: str(NOW_S + 1)}) == "signature-wrong"


def test_a_secret_is_replaced_without_a_pause() -> None:
    sent = sign_webhook(PAYLOAD, "m", NOW_S, [OTHER, SECRET])
    assert verified(sent, secrets=SECRET) == verified(sent, secrets=OTHER)
    assert verified(headers_of(), secrets=[OTHER, SECRET])
    assert verified(headers_of(), secrets=SECRET.removeprefix("whsec_"))
    assert refused(headers_of(), secrets=OTHER) == "signature-wrong"


def test_other_versions_of_signatures_are_passed_over() -> None:
    signature = headers_of()["webhook-signature"]
    assert verified(headers_of() | {"webhook-signature": f"v1a,abc= v2 ü {signature}"})
    others = ["v1a" + signature[2:], signature[3:], signature.replace(",", ", "), "v1,", "v1", "ü", "\udc80"]
    for forged in others:
        assert refused(headers_of() | {"webhook-signature": forged}) == "signature-wrong"


@pytest.mark.parametrize(
    ("age_s", "reason"), [(300, None), (301, "too-old"), (-300, None), (-301, "too-new"), (10**9, "too-old")]
)
def test_what_is_too_old_or_too_new_is_refused(age_s: int, reason: str | None) -> None:
    headers = headers_of(sent_s=NOW_S - age_s)
    if reason:
        assert refused(headers) == reason
    else:
        assert verified(headers)


def test_the_tolerance_can_be_another() -> None:
    assert refused(headers_of(sent_s=NOW_S - 11), tolerance_s=10) == "too-old"
    assert verified(headers_of(sent_s=NOW_S - 1000), tolerance_s=1000)


@pytest.mark.parametrize("text", ["now", "-1", "1.5", "1e9", " 1700000000", "1_700", "\u0663", "9" * 400])
def test_a_time_is_whole_seconds(text: str) -> None:
    assert refused(headers_of() | {"webhook-timestamp": text}) == "timestamp-malformed"


@pytest.mark.parametrize("name", headers_of())
def test_no_header_may_be_missing(name: str) -> None:
    assert refused({key: value for key, value in headers_of().items() if key != name}) == "header-missing"
    assert refused(headers_of() | {name: ""}) == "header-missing"


def test_headers_may_be_in_any_case() -> None:
    assert verified({name.title(): value for name, value in headers_of().items()})


@pytest.mark.parametrize("payload", [b"", b"[]", b"{", b'"text"', b"\xff\xfe{\x00}\x00"])
def test_a_payload_is_a_json_object(payload: bytes) -> None:
    assert refused(headers_of(payload), payload=payload) == "payload-malformed"


@pytest.mark.parametrize("secrets", ["", "whsec_", "whsec_*", "whsec_abc", "sécret", [], [SECRET, ""]])
def test_what_is_no_secret_is_the_callers_mistake(secrets: str | list[str]) -> None:
    with pytest.raises(ValueError, match="a secret is"):
        verified(headers_of(), secrets=secrets)
