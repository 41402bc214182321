"""Percentiles against known values, against NumPy, and by simulation."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sre_cli.core.percentiles import percentile, percentile_interval

values = st.lists(st.floats(0, 1e6), min_size=1, max_size=300).map(sorted)
shares = st.floats(0.01, 0.99)


@pytest.mark.parametrize(
    ("count", "q", "expected"), [(100, 0.95, 95), (20, 0.95, 19), (101, 0.95, 96), (1, 0.95, 1), (10, 0.5, 5)]
)
def test_nearest_rank(count: int, q: float, expected: float) -> None:
    assert percentile(range(1, count + 1), q) == expected


@given(values, st.integers(1, 99))
def test_agrees_with_numpys_inverted_cdf(ordered: list[float], percent: int) -> None:
    assert percentile(ordered, percent / 100) == np.percentile(ordered, percent, method="inverted_cdf")


@given(values, shares)
def test_the_interval_holds_the_percentile(ordered: list[float], q: float) -> None:
    low, high = percentile_interval(ordered, q)
    assert low <= percentile(ordered, q) <= high


@pytest.mark.parametrize(
    ("count", "q", "expected"),
    # Ten values: ranks 2 and 9 enclose the median, the textbook case with 97.9 % coverage.
    [(10, 0.5, (2, 9)), (100, 0.95, (90, 100)), (71, 0.95, (63, math.inf)), (72, 0.95, (64, 72))],
)
def test_known_intervals(count: int, q: float, expected: tuple[float, float]) -> None:
    assert percentile_interval(range(1, count + 1), q) == expected


def test_the_interval_covers_as_often_as_it_says() -> None:
    random = Random(7)  # noqa: S311 - a simulation
    truth, runs, covered = -math.log(0.05), 400, 0
    for _ in range(runs):
        low, high = percentile_interval(sorted(random.expovariate(1) for _ in range(150)), 0.95)
        covered += low <= truth <= high
    assert covered / runs > 0.93


def test_an_infinite_tail_is_a_value_like_others() -> None:
    ordered = [1.0] * 90 + [math.inf] * 10
    assert percentile(ordered, 0.5) == 1.0
    assert percentile(ordered, 0.95) == math.inf
