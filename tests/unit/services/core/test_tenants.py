"""Keys and months."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.core.errors import BY_CODE, ModelFailed, catalogue
from services.core.messages import Reply, Status
from services.core.tenants import TIERS, KeyState, issue_key, new_tenant, split_key
from services.core.usage import charge, month_of, until_next_month_s

NOW_S = 1_795_000_000.0


def test_a_key_opens_with_its_own_secret_alone() -> None:
    key, text = issue_key("t", NOW_S)
    other, other_text = issue_key("t", NOW_S)
    parts, other_parts = split_key(text), split_key(other_text)
    assert parts is not None
    assert other_parts is not None
    assert parts[0] == key.id
    assert key.opens(parts[1], NOW_S)
    assert not key.opens(other_parts[1], NOW_S)
    assert not other.opens(parts[1], NOW_S)
    assert parts[1] not in key.model_dump_json()
    assert len(bytes.fromhex(parts[1])) * 8 == 256


@pytest.mark.parametrize(
    ("changes", "state", "is_open"),
    [
        ({}, KeyState.ACTIVE, True),
        ({"expires_at_s": NOW_S + 1}, KeyState.EXPIRING, True),
        ({"expires_at_s": NOW_S}, KeyState.EXPIRED, False),
        ({"revoked_at_s": NOW_S}, KeyState.REVOKED, False),
        ({"revoked_at_s": NOW_S, "expires_at_s": NOW_S + 1}, KeyState.REVOKED, False),
    ],
)
def test_the_state_decides_what_a_key_opens(
    changes: dict[str, float], state: KeyState, is_open: bool
) -> None:
    key, text = issue_key("t", NOW_S)
    key = key.model_copy(update=changes)
    parts = split_key(text)
    assert parts is not None
    assert key.state(NOW_S) is state
    assert key.opens(parts[1], NOW_S) is is_open


@given(st.text(max_size=100))
def test_no_other_text_is_a_key(text: str) -> None:
    assert split_key(text) is None


def test_a_tenant_has_its_tiers_limits_less_those_that_are_said() -> None:
    tenant = new_tenant("acme", "standard", NOW_S, rate_rps=1.5, quota_month=None)
    assert (tenant.rate_rps, tenant.burst, tenant.quota_month) == (1.5, TIERS["standard"].burst, None)
    assert tenant.id != new_tenant("acme", "standard", NOW_S).id


@pytest.mark.parametrize("name", ["", "Acme", "a b", "-a", "a-", "a" * 64, "ä"])
def test_a_name_is_small_letters_digits_and_dashes(name: str) -> None:
    with pytest.raises(ValidationError):
        new_tenant(name, "standard", NOW_S)


@pytest.mark.parametrize(
    ("moment", "month", "left_s"),
    [
        ("2026-11-30T23:59:59+00:00", "2026-11", 1),
        ("2026-12-31T00:00:00+00:00", "2026-12", 86_400),
        ("2028-02-28T00:00:00+00:00", "2028-02", 2 * 86_400),
    ],
)
def test_a_month_ends_at_midnight_utc(moment: str, month: str, left_s: float) -> None:
    unix_s = datetime.fromisoformat(moment).astimezone(UTC).timestamp()
    assert month_of(unix_s) == month
    assert until_next_month_s(unix_s) == left_s
    assert month_of(unix_s + left_s) != month


@pytest.mark.parametrize("cause", BY_CODE.values())
def test_what_is_billable_is_said_by_the_catalogue(cause: type[ModelFailed]) -> None:
    reply = Reply(id="1", check="c", status=Status.FAILED, error=cause().to_dict())
    assert charge(reply) == (cause.code, cause.billable)


def test_an_answer_is_billable_and_an_unknown_error_is_not() -> None:
    assert charge(Reply(id="1", check="c", status=Status.DONE, result={})) == ("done", True)
    unknown = Reply(id="1", check="c", status=Status.FAILED, error={"code": "of-tomorrow", "detail": ""})
    assert charge(unknown) == ("of-tomorrow", False)


def test_no_code_goes_or_changes() -> None:
    """Somebody's client may branch on it: add to this list, take nothing from it."""
    published = {
        "bad-request 400", "body-malformed 400", "body-too-large 413", "broker-unavailable 503",
        "check-expired 504", "check-not-found 404", "face-too-small 422 billable",
        "idempotency-key-malformed 400", "idempotency-key-reused 422", "image-animated 422",
        "image-corrupt 422", "image-empty 422", "image-format-unsupported 415", "image-lost 500",
        "image-missing 422", "image-too-large 413", "image-too-many-pixels 422", "image-too-small 422",
        "internal-error 500", "key-missing 401", "key-unknown 401", "method-not-allowed 405",
        "model-failed 500", "multiple-faces 422 billable", "no-face 422 billable", "not-found 404",
        "not-multipart 415", "overloaded 503", "part-unexpected 422", "queue-full 503",
        "quota-exceeded 429", "rate-limited 429", "results-unavailable 503", "store-unavailable 503",
        "system-busy 429", "upload-too-slow 408",
    }  # fmt: skip
    assert published <= {f"{c.code} {c.status}{' billable' * c.billable}" for c in catalogue()}
