"""The bucket, whatever comes when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.backlog import MOST_RETRY_S, Load, retry_after_s, smoothed_s, too_long_s, wait_s
from services.core.limits import Pace, take_turn

NOW_S = 1_795_000_000.0


@given(
    rate_rps=st.floats(0.01, 1000),
    burst=st.integers(1, 50),
    pauses_s=st.lists(st.floats(0, 20), min_size=1, max_size=200),
)
def test_never_more_than_the_burst_and_the_rate_allow(
    rate_rps: float, burst: int, pauses_s: list[float]
) -> None:
    pace, arrival_s, now_s, allowed = Pace("k", rate_rps, burst), 0.0, NOW_S, 0
    for pause_s in pauses_s:
        now_s += pause_s
        arrival_s, turn = take_turn(arrival_s, now_s, pace)
        allowed += turn.wait_s == 0
        assert 0 <= turn.left <= burst
    assert 1 <= allowed <= burst + (now_s - NOW_S) * rate_rps + 1e-3 * rate_rps + 1


@given(rate_rps=st.floats(0.01, 1000), burst=st.integers(1, 50))
def test_who_waits_as_long_as_told_is_let_in(rate_rps: float, burst: int) -> None:
    pace, arrival_s = Pace("k", rate_rps, burst), 0.0
    for _ in range(burst):
        arrival_s, turn = take_turn(arrival_s, NOW_S, pace)
        assert turn.wait_s == 0
    unmoved_s, refused = take_turn(arrival_s, NOW_S, pace)
    assert unmoved_s == arrival_s
    assert refused.wait_s > 0
    assert take_turn(arrival_s, NOW_S + refused.wait_s, pace)[1].wait_s == 0


def test_a_bucket_is_full_again_after_a_pause() -> None:
    pace = Pace("k", 2, 4)
    arrival_s, turn = take_turn(0.0, NOW_S, pace)
    assert (turn.left, turn.full_in_s) == (3, 0.5)
    _, turn = take_turn(arrival_s, NOW_S + 0.5, pace)
    assert (turn.left, turn.full_in_s) == (3, 0.5)


@pytest.mark.parametrize(
    ("load", "expected_s"),
    [(Load(0, 1), 0.2), (Load(0, 4), 0.05), (Load(95, 1), 20), (Load(83, 4), 5), (Load(9, 0), 2)],
)
def test_a_wait_is_the_work_before_it_shared_by_the_workers(load: Load, expected_s: float) -> None:
    assert wait_s(load, 0.2) == pytest.approx(expected_s)


def test_longer_tasks_are_believed_sooner_than_shorter_ones() -> None:
    assert smoothed_s(None, 0.4) == 0.4
    assert smoothed_s(0.4, 0.8) == pytest.approx(0.6)
    assert smoothed_s(0.4, 0.2) == pytest.approx(0.38)


def test_a_wait_is_too_long_before_the_task_would_be_too_late() -> None:
    assert too_long_s(41.9, 60) < 0 < too_long_s(42.1, 60)
    assert [retry_after_s(over_s) for over_s in (0.1, 3.2, 1e6)] == [1, 4, MOST_RETRY_S]
