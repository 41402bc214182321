"""What `sre demo` plans, finds and concludes."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile

from sre_cli.core.bottleneck import NOTHING_YET, Evidence, Limit, name_limit
from sre_cli.core.pairs import PairAnswer
from sre_cli.core.trial import LatencyTarget, Trial, TrialSummary, Verdict

BURST_SHARE = 0.15
FRACTIONS = (0.7, 0.9, 1.05)
"""Rates tried, as parts of the throughput at saturation: easy, tight, too much."""
LOWER, HIGHER = (0.5, 0.3), (1.3, 1.6)
"""Tried in addition while the lowest so far fails, or while all hold: the burst met a busy moment."""


@dataclass(frozen=True)
class DemoPlan:
    """How the load is spent."""

    cores: int
    load_s: float = 55.0
    """Sending time of the burst and the regular trials together."""
    target: LatencyTarget = field(default_factory=LatencyTarget)
    seed: int = 1
    """The same bursts at every rate, so that nothing but the rate differs."""

    @property
    def burst_s(self) -> float:
        """Length of the closed burst."""
        return self.load_s * BURST_SHARE

    @property
    def trial_s(self) -> float:
        """Length of one open trial."""
        return self.load_s * (1 - BURST_SHARE) / len(FRACTIONS)

    @property
    def users(self) -> int:
        """Enough requests in flight that no core waits for the next one to arrive."""
        return 2 * self.cores + 2


@dataclass(frozen=True)
class Measured:
    """A trial with what follows from it."""

    trial: Trial
    summary: TrialSummary
    verdict: Verdict
    evidence: Evidence


@dataclass(frozen=True)
class DemoResult:
    """Everything that was measured."""

    answers: list[PairAnswer]
    saturation_rps: float
    """Good answers a second in the closed burst."""
    burst: Evidence
    trials: list[Measured]
    """By rate, ascending."""
    target: LatencyTarget

    @property
    def evidence(self) -> Evidence:
        """Of the highest rate tried, where the limit shows best."""
        return self.trials[-1].evidence

    @property
    def limit(self) -> Limit:
        """What gives out first: at the highest rate tried, or else in the burst, which left no pause."""
        found = name_limit(self.evidence)
        return name_limit(self.burst) if found.tier == NOTHING_YET else found

    @property
    def best(self) -> Measured | None:
        """The highest rate that holds, below the lowest that does not."""
        holding = list(takewhile(lambda trial: trial.verdict.holds, self.trials))
        return holding[-1] if holding else None

    @property
    def objections(self) -> list[str]:
        """Why the demo ends with a verdict against the service; empty when it does not."""
        wrong = sum(1 for answer in self.answers if not answer.right)
        found = [f"{wrong} of {len(self.answers)} pairs answered wrongly"] if wrong else []
        return found if self.best else [*found, f"no rate tried holds p95 < {self.target.p95_s:g} s"]


@dataclass(frozen=True)
class DemoReport:
    """What the HTML report shows."""

    result: DemoResult
    job: str
    hcl: str
    facts: dict[str, str]
    """Of the machine, by name."""
    command: str
    made_at: str
