"""The schedule of an open trial."""

from __future__ import annotations

import itertools
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sre_cli.core.arrivals import plan_arrivals
from tests.unit.sre_cli.load_samples import plan

kinds = st.sampled_from(["constant", "poisson"])


@given(kinds, st.floats(0.5, 200), st.floats(1, 60), st.integers(0, 99))
def test_every_arrival_is_due_within_the_trial_and_in_order(
    kind: str, rate: float, duration: float, seed: int
) -> None:
    times = plan_arrivals(plan(rate, duration, arrivals=kind, seed=seed))
    assert times == sorted(times)
    assert len(times) == max(1, round(rate * duration))
    assert times[0] >= 0
    assert times[-1] <= duration + 0.5 / rate


def test_poisson_repeats_with_its_seed_only() -> None:
    def times(seed: int) -> list[float]:
        return plan_arrivals(plan(arrivals="poisson", seed=seed))

    assert times(1) == times(1)
    assert times(1) != times(2)


def test_poisson_gaps_spread_like_an_exponential() -> None:
    times = plan_arrivals(plan(50, 400, arrivals="poisson"))
    gaps = [b - a for a, b in itertools.pairwise(times)]
    assert stdev(gaps) / fmean(gaps) == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"rate_rps": 0}, "rate"),
        ({"arrivals": "closed"}, "users"),
        ({"rate_rps": 1e6, "duration_s": 3600}, "arrivals"),
        ({"base_url": "file:///etc/passwd"}, "base_url"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(changes: dict[str, object], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        plan(**changes)  # type: ignore[arg-type]
