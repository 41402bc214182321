"""From the records of one trial to its numbers, and from its numbers to a verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import fmean, linear_regression

from sre_cli.core.percentiles import percentile, percentile_interval
from sre_cli.specs.load import LoadPlan, Shot

BATCHES = 6
T_ONE_SIDED_95 = 2.132
"""Student's t for BATCHES - 2 degrees of freedom, one-sided 95 %."""
MIN_GROWTH = 0.02
"""Seconds of latency a second, which is how far arrivals outrun the service: 2 % over capacity."""
MIN_EXCESS, MIN_EXCESS_RATIO = 3, 0.03
"""Arrivals beyond what could be answered: fewer are within the error of a measured throughput."""
MAX_LAG_S = 0.1


@dataclass(frozen=True)
class LatencyTarget:
    """What the service promises."""

    p95_s: float = 3.0
    error_ratio: float = 0.01


@dataclass(frozen=True)
class Trial:
    """A plan, what became of every arrival, and what the generator itself spent."""

    plan: LoadPlan
    shots: list[Shot]
    generator_cpu_s: float
    machine_busy_s: float
    """CPU time of everything that ran on the generator's machine."""
    elapsed_s: float


@dataclass(frozen=True)
class TrialSummary:
    """The numbers of one trial. Latencies count from the scheduled time, in seconds.

    A failed, dropped or unfinished arrival has infinite latency: a fast error must not flatter p95.
    """

    offered_rps: float
    answered_rps: float
    arrivals: int
    errors: int
    dropped: int
    unfinished: int
    p50_s: float
    p95_s: float
    p99_s: float
    p95_interval_s: tuple[float, float]
    growth: float
    """Seconds of latency gained a second; 0 when not surely above MIN_GROWTH."""
    lag_p99_s: float
    """How late the generator itself sent."""

    @property
    def error_ratio(self) -> float:
        """Share of the arrivals without a good answer."""
        return self.errors / self.arrivals


@dataclass(frozen=True)
class Verdict:
    """Whether a rate is held and, if not, everything that speaks against it."""

    objections: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """No objection."""
        return not self.objections


def summarise(trial: Trial) -> TrialSummary:
    """Every number of a trial; it must hold at least one arrival."""
    shots, seconds = trial.shots, trial.plan.duration_s
    latencies = sorted(shot.latency_s for shot in shots)
    lags = sorted(shot.sent_s - shot.scheduled_s for shot in shots if shot.sent_s is not None)
    return TrialSummary(
        offered_rps=len(shots) / seconds,
        answered_rps=_answered_rps(shots, seconds),
        arrivals=len(shots),
        errors=sum(1 for shot in shots if not shot.ok),
        dropped=sum(1 for shot in shots if shot.sent_s is None),
        unfinished=sum(1 for shot in shots if shot.sent_s is not None and shot.finished_s is None),
        p50_s=percentile(latencies, 0.50),
        p95_s=percentile(latencies, 0.95),
        p99_s=percentile(latencies, 0.99),
        p95_interval_s=percentile_interval(latencies, 0.95),
        growth=backlog_growth(shots),
        lag_p99_s=percentile(lags, 0.99) if lags else math.inf,
    )


def _answered_rps(shots: list[Shot], seconds: float) -> float:
    """Good answers a second between the first and the last of them, wherever the sending ended."""
    finished = sorted(shot.finished_s for shot in shots if shot.ok and shot.finished_s is not None)
    if len(finished) < 2:
        return len(finished) / seconds
    return (len(finished) - 1) / max(finished[-1] - finished[0], 1e-9)


def backlog_growth(shots: list[Shot]) -> float:
    """Slope of latency over scheduled time, in s/s, when it is surely above MIN_GROWTH, else 0.

    When arrivals at rate a outrun a service of rate c, latency grows by (a - c) / c each second.
    The slope is fitted to means of consecutive batches, because neighbours in a queue wait
    together (batch means: Law, Simulation Modeling and Analysis, 9.5.3), and counts when its
    one-sided 95 % lower bound does. A burst late in a short trial still looks like growth: of 80
    random arrivals at 90 % of capacity, about one trial in ten.
    """
    answered = sorted((s.scheduled_s, s.latency_s) for s in shots if s.ok)
    size = len(answered) // BATCHES
    if not size:
        return 0.0
    batches = [answered[i * size : (i + 1) * size] for i in range(BATCHES)]
    times = [fmean(at for at, _ in batch) for batch in batches]
    waits = [fmean(latency for _, latency in batch) for batch in batches]
    slope, level = linear_regression(times, waits)
    residual = sum((w - level - slope * t) ** 2 for t, w in zip(times, waits, strict=True))
    spread = sum((t - fmean(times)) ** 2 for t in times)
    error = math.sqrt(residual / (BATCHES - 2) / spread)
    return slope if slope - T_ONE_SIDED_95 * error > MIN_GROWTH else 0.0


def judge_trial(summary: TrialSummary, target: LatencyTarget, capacity_rps: float) -> Verdict:
    """Hold a trial against the target; a generator that was late cannot speak for the service.

    A rate above `capacity_rps`, the most that was ever answered, must build a backlog, even where
    a short trial does not show it.
    """
    most_rps = max(capacity_rps, summary.answered_rps)
    found = {
        _describe_p95(summary, target): summary.p95_s >= target.p95_s,
        f"errors {summary.error_ratio:.1%} are not under {target.error_ratio:.0%}": (
            summary.error_ratio >= target.error_ratio
        ),
        f"the backlog grows: latency rises {summary.growth * 1000:.0f} ms each second": summary.growth > 0,
        f"never were more than {most_rps:.1f}/s answered": _outruns(summary, most_rps),
        f"the generator itself was {summary.lag_p99_s * 1000:.0f} ms late": summary.lag_p99_s > MAX_LAG_S,
    }
    return Verdict([objection for objection, true in found.items() if true])


def _outruns(summary: TrialSummary, most_rps: float) -> bool:
    excess = summary.arrivals * (1 - most_rps / summary.offered_rps)
    return excess > max(MIN_EXCESS, MIN_EXCESS_RATIO * summary.arrivals)


def _describe_p95(summary: TrialSummary, target: LatencyTarget) -> str:
    if math.isinf(summary.p95_s):
        return "more than 5 % of the requests had no good answer"
    return f"p95 {summary.p95_s:.2f} s is not under {target.p95_s:g} s"


def closed_throughput_rps(trial: Trial, warm_s: float) -> float:
    """Good answers a second of a closed trial, the first `warm_s` seconds and the drain left out."""
    until = trial.plan.duration_s
    done = [s for s in trial.shots if s.ok and warm_s <= (s.finished_s or 0) <= until]
    return len(done) / (until - warm_s)
