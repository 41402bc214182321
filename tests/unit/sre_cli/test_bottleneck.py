"""Which tier is named, from which evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sre_cli.core.bottleneck import Evidence, Reading, name_limit, weigh
from tests.unit.sre_cli.load_samples import queue, trial

IDLE = Evidence(
    cores=2,
    service_cores=0.5,
    generator_cores=0.1,
    other_cores=0.1,
    workers=2,
    worker_busy_ratio=0.4,
    stage_ratio={"embed": 0.6, "detect": 0.3, "store": 0.1},
    queue_wait_s=0.01,
    loop_lag_s=0.001,
    generator_lag_s=0.002,
)


@pytest.mark.parametrize(
    ("change", "tier"),
    [
        ({}, "nothing yet"),
        ({"service_cores": 1.7}, "CPU, most of it for the stage 'embed'"),
        ({"worker_busy_ratio": 0.95}, "the model workers, before the cores"),
        ({"loop_lag_s": 0.2}, "the event loop of the API"),
        ({"stage_ratio": {"store": 0.7, "embed": 0.3}, "worker_busy_ratio": 0.9}, "the object store"),
        ({"other_cores": 1.2}, "other programs on this machine"),
        ({"generator_cores": 0.95, "generator_lag_s": 0.4, "service_cores": 1.0}, "the load generator"),
        ({"service_cores": 1.8, "loop_lag_s": 0.2}, "CPU, most of it for the stage 'embed'"),
    ],
)
def test_the_tier_that_gives_out(change: dict[str, object], tier: str) -> None:
    limit = name_limit(replace(IDLE, **change))  # type: ignore[arg-type]
    assert limit.tier == tier


def test_the_sentence_carries_its_evidence() -> None:
    sentence = name_limit(replace(IDLE, service_cores=1.8)).sentence
    assert "of 2 cores the service used 1.8" in sentence
    assert "60%" in sentence


def test_two_readings_become_shares_of_the_trial() -> None:
    before = Reading({"embed": 1.0}, 0.0, 0, 0.0, 0, workers=2, worker_busy_s=1.0, cpu_s=3.0)
    after = Reading(
        {"embed": 7.0, "store": 2.0, "queue": 99.0},
        5.0,
        50,
        0.2,
        20,
        workers=2,
        worker_busy_s=17.0,
        cpu_s=13.0,
    )
    measured = trial(queue(9, 10))
    evidence = weigh(before, after, measured, cores=2)
    assert evidence.service_cores == 1.0
    assert evidence.stage_ratio == {"embed": 0.75, "store": 0.25}
    assert evidence.worker_busy_ratio == 0.8
    assert evidence.queue_wait_s == 0.1
    assert evidence.loop_lag_s == pytest.approx(0.01)
    # 12 s of CPU on the machine, less the service's 10 s and the generator's 0.5 s, in 10 s.
    assert evidence.other_cores == pytest.approx(0.15)


def test_a_service_without_metrics_still_gets_a_sentence() -> None:
    silent = Reading({}, 0, 0, 0, 0, 0, 0, 0)
    measured = trial(queue(9, 10))
    evidence = weigh(silent, silent, measured, cores=2)
    assert "unknown" in name_limit(evidence).sentence
