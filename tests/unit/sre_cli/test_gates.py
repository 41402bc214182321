"""When a new version may go on: pass, fail, or not enough to judge by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sre_cli.core.gates import (
    MEASURES,
    Count,
    Judged,
    Share,
    Verdict,
    judge_all,
    judge_level,
    judge_share,
    sparkline,
)
from sre_cli.specs.job import Gate

PASSED, FAILED, INCONCLUSIVE = Verdict.PASSED, Verdict.FAILED, Verdict.INCONCLUSIVE


def of_share(bad: float, events: float, most: float = 0.01, *, is_busy: bool = True) -> Judged:
    return judge_share(
        Gate.HTTP_ERRORS, "requests answered with 5xx", most, [Count(bad, events, is_busy=is_busy)]
    )


@pytest.mark.parametrize(
    ("bad", "events", "verdict"),
    [
        (0, 5, INCONCLUSIVE),
        (0, 20, PASSED),
        (1, 1, INCONCLUSIVE),
        (2, 2, INCONCLUSIVE),
        (3, 3, FAILED),
        (1, 100, PASSED),
        (1, 40, INCONCLUSIVE),  # 2.5 %, but a single one
        (3, 60, FAILED),
        (3, 250, INCONCLUSIVE),  # 1.2 % may be chance
        (50, 1000, FAILED),
    ],
)
def test_a_share_is_judged_by_what_it_proves(bad: int, events: int, verdict: Verdict) -> None:
    assert of_share(bad, events).verdict is verdict


def test_without_traffic_there_is_nothing_to_judge() -> None:
    assert of_share(0, 0, is_busy=False).verdict is PASSED
    assert of_share(1, 5, is_busy=False).verdict is PASSED
    assert of_share(3, 250, is_busy=False).verdict is INCONCLUSIVE
    assert of_share(0, 0, is_busy=True).verdict is INCONCLUSIVE  # the others have some


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0.001, 0.5))
def test_more_bad_ones_never_make_it_better(bad: int, good: int, most: float) -> None:
    order = [PASSED, INCONCLUSIVE, FAILED]
    fewer, more = (of_share(n, bad + 1 + good, most).verdict for n in (bad, bad + 1))
    assert order.index(fewer) <= order.index(more)


def test_too_little_traffic_is_no_doubt_but_bad_ones_are() -> None:
    assert not of_share(0, 12).is_doubtful
    assert of_share(3, 250).is_doubtful
    assert of_share(0, 0, is_busy=True).is_doubtful  # it gets none, and the others do


def test_counters_of_two_scrapes_are_no_more_bad_ones_than_events() -> None:
    assert "5 of 5" in of_share(6, 5).evidence


@pytest.mark.parametrize(
    ("looks", "verdict"),
    [
        ([], INCONCLUSIVE),
        ([None], INCONCLUSIVE),
        ([0.5], PASSED),
        ([0.95, 0.97], INCONCLUSIVE),
        ([0.95, 0.97, 0.99], FAILED),
        ([0.99, 0.99, 0.5], PASSED),
        ([0.99, None, 0.99, 0.99], FAILED),
        ([0.5, None], INCONCLUSIVE),  # it was measured once
    ],
)
def test_a_level_has_to_be_too_high_for_a_while(looks: list[float | None], verdict: Verdict) -> None:
    assert judge_level(Gate.MEMORY, 0.9, looks).verdict is verdict


def test_the_evidence_names_figures_limit_and_course() -> None:
    looks = [Count(0, 10, is_busy=True), Count(6, 60, is_busy=True)]
    assert judge_share(Gate.HTTP_SLOW, "requests that took more than 3 s", 0.05, looks).evidence == (
        "http-slow-ratio: 6 of 60 requests that took more than 3 s (10.0%), at most 5.0%  ▁█"
    )


def test_one_that_fails_decides() -> None:
    def said(*verdicts: Verdict) -> Verdict:
        return judge_all(Judged(verdict, "") for verdict in verdicts)

    assert said(PASSED, PASSED) is PASSED
    assert said(PASSED, INCONCLUSIVE) is INCONCLUSIVE
    assert said(INCONCLUSIVE, FAILED, PASSED) is FAILED


def test_every_gate_is_measured_by_something() -> None:
    assert set(MEASURES) == set(Gate)
    slow = MEASURES[Gate.HTTP_SLOW]
    assert isinstance(slow, Share)
    bad, events = slow.queries('alloc=~"a|b"')
    assert events == 'sum(ekyc_http_request_duration_seconds_count{alloc=~"a|b",route=~"/v1/.*"})'
    assert bad.startswith(f"{events} - sum(ekyc_http_request_duration_seconds_bucket{{")


def test_a_sparkline_is_flat_without_values() -> None:
    assert sparkline([0.0, 0.0]) == "▁▁"
    assert len(sparkline([1.0] * 100)) == 40
