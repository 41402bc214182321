"""What holds a service back, named from what was measured around a trial."""

from __future__ import annotations

from dataclasses import dataclass

from sre_cli.core.trial import MAX_LAG_S, Trial, summarise

SATURATED = 0.85
"""Share of a resource above which it counts as the limit: queueing grows without bound near 1."""
WAITING = "queue"
"""The stage in which nothing is done."""
STORE_STAGES = ("store", "fetch")
LOOP_LAG_S = 0.05
NOTHING_YET = "nothing yet"


@dataclass(frozen=True)
class Reading:
    """Running totals of a service, in seconds or counts since it started."""

    stage_s: dict[str, float]
    queue_wait_s: float
    queue_waits: float
    loop_lag_s: float
    loop_lags: float
    workers: int
    """Models that can compute at once, each for one task or batch."""
    worker_busy_s: float
    """Of all workers together."""
    cpu_s: float
    """CPU time of the service's processes."""


@dataclass(frozen=True)
class Evidence:
    """What a trial used up. CPU is in cores: seconds of CPU a second."""

    cores: int
    service_cores: float
    generator_cores: float
    other_cores: float
    """Everything else on the machine, what a hypervisor took away included."""
    workers: int
    worker_busy_ratio: float
    """Of the time that all workers had."""
    stage_ratio: dict[str, float]
    """Share of each stage in the time the service spent on requests, waiting left out."""
    queue_wait_s: float
    loop_lag_s: float
    generator_lag_s: float


@dataclass(frozen=True)
class Limit:
    """The tier that gives out first, and why that is believed."""

    tier: str
    sentence: str


def weigh(before: Reading, after: Reading, trial: Trial, cores: int) -> Evidence:
    """The difference of two readings around `trial`."""
    stages = {
        name: total - before.stage_s.get(name, 0.0)
        for name, total in after.stage_s.items()
        if name != WAITING
    }
    service_s = after.cpu_s - before.cpu_s
    other_s = trial.machine_busy_s - service_s - trial.generator_cpu_s
    return Evidence(
        cores=cores,
        service_cores=service_s / trial.elapsed_s,
        generator_cores=trial.generator_cpu_s / trial.elapsed_s,
        other_cores=max(0.0, other_s) / trial.elapsed_s,
        workers=after.workers,
        worker_busy_ratio=min(
            1.0, _ratio(after.worker_busy_s - before.worker_busy_s, after.workers * trial.elapsed_s)
        ),
        stage_ratio={name: _ratio(spent, sum(stages.values())) for name, spent in stages.items()},
        queue_wait_s=_ratio(after.queue_wait_s - before.queue_wait_s, after.queue_waits - before.queue_waits),
        loop_lag_s=_ratio(after.loop_lag_s - before.loop_lag_s, after.loop_lags - before.loop_lags),
        generator_lag_s=summarise(trial).lag_p99_s,
    )


def name_limit(evidence: Evidence) -> Limit:
    """The first tier, in this order, whose evidence holds.

    A generator or a neighbour that took the machine comes first: then nothing was learnt about the
    service. CPU comes before the event loop, because a starved loop is late whatever it runs.
    """
    for tier, true in _tiers(evidence).items():
        if true:
            return Limit(tier, f"{tier}: {_testimony(evidence)}")
    return Limit(NOTHING_YET, f"{NOTHING_YET}, no tier was near its limit: {_testimony(evidence)}")


def _tiers(seen: Evidence) -> dict[str, bool]:
    used = seen.service_cores + seen.generator_cores + seen.other_cores
    stage = _longest_stage(seen)
    stores = sum(seen.stage_ratio.get(name, 0.0) for name in STORE_STAGES)
    return {
        "the load generator": seen.generator_lag_s > MAX_LAG_S and seen.generator_cores > SATURATED,
        "other programs on this machine": seen.other_cores > max(seen.service_cores, 0.3 * seen.cores),
        f"CPU, most of it for the stage {stage!r}": used >= SATURATED * seen.cores,
        "the model workers, before the cores": seen.worker_busy_ratio >= SATURATED and stores < 0.5,
        "the event loop of the API": seen.loop_lag_s > LOOP_LAG_S,
        "the object store": stores >= 0.5,
    }


def _testimony(seen: Evidence) -> str:
    stage = _longest_stage(seen)
    return (
        f"of {seen.cores} cores the service used {seen.service_cores:.1f}, the load generator"
        f" {seen.generator_cores:.1f} and other programs {seen.other_cores:.1f}; its {seen.workers} model"
        f" worker(s) computed {seen.worker_busy_ratio:.0%} of the time; {stage!r} was"
        f" {seen.stage_ratio.get(stage, 0):.0%} of the work; a task waited"
        f" {_ms(seen.queue_wait_s)} in the queue; the event loop was"
        f" {_ms(seen.loop_lag_s)} late"
    )


def _longest_stage(seen: Evidence) -> str:
    return max(seen.stage_ratio, key=lambda name: seen.stage_ratio[name], default="unknown")


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0
