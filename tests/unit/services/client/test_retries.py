"""Pauses, for any error and any patience."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.client import EkycError, Problem, Retries
from services.client.answers import retry_after_s
from services.client.errors import error_of
from services.client.retries import backoff_s, pause_s

seconds = st.floats(0, 1e6)
ratios = st.floats(0, 1)
FAILURES = st.integers(1, 10_000)


def patience(first_s: float, longest_s: float, ratio: float) -> Retries:
    return Retries(first_pause_s=first_s, longest_pause_s=longest_s, jitter=lambda: ratio)


def failed(status: int, asked_s: float | None = None) -> EkycError:
    return error_of(Problem("c", "d", status=status, retry_after_s=asked_s))


@given(FAILURES, seconds, seconds, ratios)
def test_a_pause_is_never_longer_than_the_longest(
    failures: int, first_s: float, longest_s: float, ratio: float
) -> None:
    assert 0 <= backoff_s(failures, patience(first_s, longest_s, ratio)) <= longest_s


@given(st.integers(1, 12), st.floats(0.01, 10))
def test_without_luck_each_pause_is_twice_the_one_before(failures: int, first_s: float) -> None:
    retries = patience(first_s, 1e9, 1.0)
    assert backoff_s(failures + 1, retries) == 2 * backoff_s(failures, retries)
    assert backoff_s(1, retries) == first_s


@given(FAILURES, st.floats(0, 60), st.floats(0, 1000), ratios)
def test_it_comes_no_sooner_than_asked_and_not_after_the_deadline(
    failures: int, asked_s: float, left_s: float, ratio: float
) -> None:
    retries = patience(0.5, 20, ratio)
    pause = pause_s(failed(503, asked_s), "POST", failures, left_s, retries)
    if pause is None:
        assert asked_s + backoff_s(failures, retries) >= left_s
    else:
        assert asked_s <= pause < left_s
        assert pause <= asked_s + 20


@given(st.floats(60.001, 1e9))
def test_who_asks_for_too_much_is_not_waited_for(asked_s: float) -> None:
    assert pause_s(failed(429, asked_s), "POST", 1, 1e12, Retries()) is None


@given(st.sampled_from([400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 301, 304]), seconds)
def test_a_refusal_stays_one_whatever_its_headers_say(status: int, asked_s: float) -> None:
    assert pause_s(failed(status, asked_s), "POST", 1, 1e9, Retries(longest_asked_s=1e9)) is None


@pytest.mark.parametrize(
    ("retry_after", "date", "expected"),
    [
        ("5", None, 5),
        (" 5 ", None, 5),
        ("-5", None, None),
        ("1.5", None, None),
        ("\u0665", None, None),
        ("9" * 400, None, float("inf")),
        ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:30 GMT", 7),
        ("Sun, 06 Nov 1994 08:49:30 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", None, None),
        ("Sun, 06 Nov 1994 08:49:37 -0000", "Sun, 06 Nov 1994 08:49:30 GMT", None),
        ("soon", "Sun, 06 Nov 1994 08:49:30 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(retry_after: str, date: str | None, expected: float | None) -> None:
    headers = httpx.Headers({"Retry-After": retry_after}, encoding="utf-8")
    if date:
        headers["Date"] = date
    assert retry_after_s(headers) == expected
