"""From records to numbers to a verdict."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sre_cli.core.arrivals import plan_arrivals
from sre_cli.core.trial import (
    LatencyTarget,
    backlog_growth,
    closed_throughput_rps,
    judge_trial,
    summarise,
)
from sre_cli.specs.load import Shot
from tests.unit.sre_cli.load_samples import answered, plan, queue, queue_at, trial

TARGET = LatencyTarget()


def objections(shots: list[Shot], capacity_rps: float = 0) -> list[str]:
    return judge_trial(summarise(trial(shots)), TARGET, capacity_rps).objections


def test_latency_counts_from_the_scheduled_time() -> None:
    late = Shot(scheduled_s=1.0, sent_s=3.0, finished_s=3.5, status=200)
    assert late.latency_s == 2.5
    assert summarise(trial([late])).lag_p99_s == 2.0


@pytest.mark.parametrize(
    "shot",
    [
        Shot(scheduled_s=0),
        Shot(scheduled_s=0, sent_s=0),
        Shot(scheduled_s=0, sent_s=0, finished_s=0.001, status=503),
        Shot(scheduled_s=0, sent_s=0, finished_s=0.001, status=0),
        Shot(scheduled_s=0, sent_s=0, finished_s=0.001, status=202),
    ],
    ids=["dropped", "unfinished", "refused", "no connection", "never decided"],
)
def test_an_arrival_without_a_good_answer_never_looks_fast(shot: Shot) -> None:
    assert shot.latency_s == math.inf
    assert summarise(trial([shot])).errors == 1


def test_dropped_and_unfinished_are_told_apart() -> None:
    shots = [answered(0, 0.1), Shot(scheduled_s=1), Shot(scheduled_s=2, sent_s=2)]
    summary = summarise(trial(shots))
    assert (summary.errors, summary.dropped, summary.unfinished) == (2, 1, 1)
    assert summary.offered_rps == 0.3


def test_a_calm_trial_holds() -> None:
    assert objections(queue(rate_rps=9, capacity_rps=10)) == []


def test_too_slow_is_named() -> None:
    assert objections([answered(i / 10, 3.0) for i in range(100)]) == ["p95 3.00 s is not under 3 s"]


def test_one_error_in_a_hundred_is_too_many() -> None:
    shots = [answered(i / 10, 0.1) for i in range(99)] + [answered(9.9, 0.1, status=500)]
    assert objections(shots) == ["errors 1.0% are not under 1%"]


def test_a_growing_backlog_is_found_long_before_p95_is_over() -> None:
    shots = queue(rate_rps=11, capacity_rps=10)
    assert summarise(trial(shots)).p95_s < TARGET.p95_s
    assert objections(shots) == [
        "the backlog grows: latency rises 100 ms each second",
        "never were more than 10.0/s answered",
    ]


@given(st.floats(1.1, 3))
def test_growth_is_how_far_arrivals_outrun_the_service(excess: float) -> None:
    assert backlog_growth(queue(20 * excess, 20, duration_s=30)) == pytest.approx(excess - 1, rel=0.02)


@pytest.mark.parametrize(
    ("load", "least", "most"), [(0.5, 0, 0.01), (0.7, 0, 0.03), (0.9, 0, 0.15), (1.25, 0.9, 1)]
)
def test_how_often_random_arrivals_are_called_a_growing_backlog(
    load: float, least: float, most: float
) -> None:
    """The error rates that `backlog_growth` owns up to: 80 arrivals in 13 s, 300 trials."""

    def grows(seed: int) -> bool:
        times = plan_arrivals(plan(6 * load, 13.3, arrivals="poisson", seed=seed))
        return backlog_growth(queue_at(times, capacity_rps=6)) > 0

    assert least <= sum(map(grows, range(300))) / 300 <= most


def test_more_than_was_ever_answered_cannot_hold() -> None:
    summary = summarise(trial(queue(rate_rps=9, capacity_rps=100)))
    assert judge_trial(summary, TARGET, capacity_rps=8.9).holds, "9/s were answered just now"
    assert judge_trial(replace(summary, answered_rps=8.0), TARGET, capacity_rps=8.8).holds, "two requests"
    starved = replace(summary, answered_rps=8.0)
    assert judge_trial(starved, TARGET, capacity_rps=8.5).objections == [
        "never were more than 8.5/s answered"
    ]


@given(st.lists(st.floats(0.05, 0.06), min_size=60, max_size=100))
def test_small_jitter_is_not_growth(latencies: list[float]) -> None:
    shots = [answered(i / 10, latency) for i, latency in enumerate(latencies)]
    assert judge_trial(summarise(trial(shots)), TARGET, 10).holds


def test_a_late_generator_cannot_vouch_for_the_service() -> None:
    shots = [Shot(scheduled_s=i, sent_s=i + 0.3, finished_s=i + 0.4, status=200) for i in range(10)]
    assert objections(shots) == ["the generator itself was 300 ms late"]


def test_saturation_leaves_out_the_warm_up_and_the_drain() -> None:
    shots = [answered(i / 10, 0.05) for i in range(100)] + [answered(9.99, 4.0)]
    assert closed_throughput_rps(trial(shots), warm_s=5) == pytest.approx(10, abs=0.2)
