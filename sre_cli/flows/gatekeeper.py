"""Watches what the new containers of a rollout measure, and says whether it may go on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sre_cli.core.gates import (
    MEASURES,
    Count,
    Judged,
    Level,
    Share,
    Verdict,
    judge_all,
    judge_level,
    judge_share,
)
from sre_cli.errors import EngineUnavailable
from sre_cli.ports import Clock, Metrics
from sre_cli.specs.job import Gate, JobSpec

LOOK_S = 5.0
"""As often as Prometheus asks the containers."""


def gatekeeper(
    find_metrics: Callable[[], Metrics | None], clock: Clock, say: Callable[[str], None], spec: JobSpec
) -> Gatekeeper | None:
    """Of a job that has gates, where there is a Prometheus."""
    if not spec.rollout.gates:
        return None
    metrics = find_metrics()
    if metrics is None:
        say(f"{spec.job}: there is no Prometheus that operators reach: health checks alone decide")
        return None
    return Gatekeeper(metrics, clock, spec)


@dataclass
class Gatekeeper:
    """Of one rollout."""

    metrics: Metrics
    clock: Clock
    spec: JobSpec
    judged: list[Judged] = field(default_factory=list)
    began_s: float | None = None
    """When the first new container was seen to serve."""
    _looked_s: float = float("-inf")
    _counts: dict[Gate, list[Count]] = field(default_factory=lambda: defaultdict(list))
    _levels: dict[Gate, list[float | None]] = field(default_factory=lambda: defaultdict(list))

    @property
    def verdict(self) -> Verdict:
        """Of all gates so far; inconclusive until the soak is over."""
        if self.began_s is None:
            return Verdict.INCONCLUSIVE
        said = judge_all(self.judged) if self.judged else Verdict.INCONCLUSIVE
        soaked = self.clock.monotonic() - self.began_s >= self.spec.rollout.soak_s
        return Verdict.INCONCLUSIVE if said is Verdict.PASSED and not soaked else said

    @property
    def is_out_of_patience(self) -> bool:
        """Whether there was time enough for a word, and there is none."""
        rollout = self.spec.rollout
        waited_s = 0.0 if self.began_s is None else self.clock.monotonic() - self.began_s
        return self.verdict is Verdict.INCONCLUSIVE and waited_s > rollout.soak_s + rollout.patience_s

    @property
    def summary(self) -> str:
        """What decides, in one line."""
        verdict = judge_all(self.judged)
        decisive = [one.evidence for one in self.judged if one.verdict is verdict]
        if verdict is Verdict.PASSED:
            left_s = self.spec.rollout.soak_s - (self.clock.monotonic() - (self.began_s or 0.0))
            return "pass" if left_s <= 0 else f"pass so far, watched for {left_s:.0f} s more"
        words = {Verdict.FAILED: "it measures badly", Verdict.INCONCLUSIVE: "not enough to judge by"}
        return f"{words[verdict]}: {'; '.join(decisive)}"

    def look(self, allocations: Sequence[str]) -> None:
        """Measure the containers of these new allocations, of which at least one serves."""
        now_s = self.clock.monotonic()
        self.began_s = now_s if self.began_s is None else self.began_s
        if now_s - self._looked_s < LOOK_S:
            return
        self._looked_s, gates = now_s, self.spec.rollout.gates
        try:
            self.judged = [self._judge(gate, most, allocations) for gate, most in gates.items()]
        except EngineUnavailable as error:  # nobody can tell at the moment, which is no reason to go on
            self.judged = [Judged(gate, Verdict.INCONCLUSIVE, f"{gate}: {error.message}") for gate in gates]

    def _judge(self, gate: Gate, most: float, allocations: Sequence[str]) -> Judged:
        measure = MEASURES[gate]
        of_new = f'alloc=~"{"|".join(allocations)}"'
        if isinstance(measure, Level):
            self._levels[gate].append(self._level(measure, of_new))
            return judge_level(gate, most, self._levels[gate])
        self._counts[gate].append(self._count(measure, of_new))
        return judge_share(gate, most, self._counts[gate])

    def _count(self, share: Share, of_new: str) -> Count:
        bad, events = (self._value(query) or 0.0 for query in share.queries(of_new))
        recent = self._value(share.recent(f'job="{self.spec.job}"')) or 0.0
        return Count(bad, events, is_busy=recent > 0)

    def _level(self, level: Level, of_new: str) -> float | None:
        memory_bytes = self.spec.resources.memory_mib * 2**20
        return self._value(level.query(of_new, memory_bytes, self.spec.job.removesuffix("-worker")))

    def _value(self, query: str) -> float | None:
        found = self.metrics.instant(query)
        return found[0].value if found else None
