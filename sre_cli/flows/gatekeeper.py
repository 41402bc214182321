"""Watches what the new containers of a rollout measure, and says whether it may go on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from sre_cli.core import burn
from sre_cli.core.burn import FastestPace
from sre_cli.core.gates import (
    ENOUGH_EVENTS,
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
DARK_S = 15.0
"""New containers that served and do not any more: a restart takes less."""

SHORTEST_S = 30
"""A window that holds several scrapes."""
BEFORE_S = 60
"""How far back it is asked how fast a budget burned already."""


def gatekeeper(
    find_metrics: Callable[[], Metrics | None], clock: Clock, note: Callable[[str], None],
    paces: Callable[[JobSpec], Sequence[FastestPace]], spec: JobSpec,
) -> Gatekeeper | None:  # fmt: skip
    """Of a job that has gates, where there is a Prometheus."""
    if not spec.rollout.gates and not spec.rollout.slos:
        return None
    metrics = find_metrics()
    if metrics is None:
        note("no Prometheus that operators reach: health checks alone decided, not its gates")
        return None
    keeper = Gatekeeper(metrics, clock, spec, tuple(paces(spec)))
    keeper.remember()
    return keeper


@dataclass
class Total:
    """A counter that begins anew when its container does, without what it had counted being lost.

    None is a scrape that was missed: it is no new beginning, or all would be counted twice.
    """

    before: float = 0.0
    last: float = 0.0

    def add(self, value: float | None) -> float:
        """All that was counted so far."""
        if value is not None:
            self.before += self.last if value < self.last else 0.0
            self.last = value
        return self.before + self.last


@dataclass
class Gatekeeper:
    """Of one rollout."""

    metrics: Metrics
    clock: Clock
    spec: JobSpec
    paces: Sequence[FastestPace] = ()
    """Of the objectives that the whole service must not burn meanwhile, however well the new ones do."""
    verdict: Verdict = Verdict.INCONCLUSIVE
    """Whether it may go on; inconclusive until the soak is over."""
    judged: list[Judged] = field(default_factory=list)
    began_s: float | None = None
    """When the first new container was seen to serve."""
    _dark_since_s: float | None = None
    """Since when none does any more."""
    _undecided_since_s: float | None = None
    _measured_s: float = float("-inf")
    _measured: list[Judged] = field(default_factory=list)
    _counts: dict[str, list[Count]] = field(default_factory=lambda: defaultdict(list))
    _totals: dict[str, Total] = field(default_factory=lambda: defaultdict(Total))
    _levels: dict[Gate, list[float | None]] = field(default_factory=lambda: defaultdict(list))
    _burned_before: dict[str, float] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """What decides, in one line."""
        if self.began_s is None:
            return "no new container has served yet"
        verdict = judge_all(self.judged)
        decisive = "; ".join(one.evidence for one in self.judged if one.verdict is verdict)
        if verdict is Verdict.PASSED and self.verdict is Verdict.PASSED:
            return "pass"
        if verdict is Verdict.PASSED:
            left_s = self.spec.rollout.soak_s - (self.clock.monotonic() - self.began_s)
            return f"pass so far, watched for {max(0.0, left_s):.0f} s more"
        if verdict is Verdict.FAILED:
            return f"it measures badly: {decisive}"
        if self.verdict is Verdict.PASSED:
            return f"pass, for nothing bad was seen in {self.spec.rollout.patience_s} s: {decisive}"
        return f"not enough to judge by: {decisive}"

    def wave_through(self) -> None:
        """Nothing was replaced: there is nothing to judge."""
        self.verdict = Verdict.PASSED

    def remember(self) -> None:
        """How badly the service fared before anything was replaced: that is no fault of the new version."""
        for pace in self.paces:
            with suppress(EngineUnavailable):
                bad, events = (self._value(query) or 0.0 for query in burn.running(pace.slo.ratio, BEFORE_S))
                if events >= ENOUGH_EVENTS:
                    self._burned_before[pace.slo.name] = min(bad / events, burn.MOST_BAD)

    def look(self, allocations: Sequence[str], *, is_serving: bool) -> None:
        """Measure the containers of these new allocations, once one of them passes its checks."""
        now_s = self.clock.monotonic()
        if self.began_s is None:
            if not is_serving:
                return
            self.began_s = now_s
        if is_serving:
            self._dark_since_s = None
        elif self._dark_since_s is None:
            self._dark_since_s = now_s
        if now_s - self._measured_s >= LOOK_S:
            self._measured_s, self._measured = now_s, self._measure(allocations)
        self.judged = [*self._dark(now_s), *self._measured]
        self.verdict = self._decide(now_s, self.began_s)

    def _dark(self, now_s: float) -> list[Judged]:
        if self._dark_since_s is None:
            return []
        dark_s = now_s - self._dark_since_s
        verdict = Verdict.FAILED if dark_s >= DARK_S else Verdict.INCONCLUSIVE
        return [Judged(verdict, f"none of the new containers has passed its check for {dark_s:.0f} s")]

    def _decide(self, now_s: float, began_s: float) -> Verdict:
        rollout, verdict = self.spec.rollout, judge_all(self.judged)
        soaked = now_s - began_s >= rollout.soak_s
        if verdict is not Verdict.INCONCLUSIVE or not soaked:
            self._undecided_since_s = None
            return verdict if soaked or verdict is Verdict.FAILED else Verdict.INCONCLUSIVE
        if self._undecided_since_s is None:
            self._undecided_since_s = now_s
        if now_s - self._undecided_since_s <= rollout.patience_s:
            return verdict
        doubts = any(one.is_doubtful for one in self.judged if one.verdict is verdict)
        return Verdict.FAILED if doubts else Verdict.PASSED

    def _measure(self, allocations: Sequence[str]) -> list[Judged]:
        gates = self.spec.rollout.gates
        try:
            judged = [self._judge(gate, most, allocations) for gate, most in gates.items()]
            return [*judged, *map(self._judge_pace, self.paces)]
        except EngineUnavailable as error:  # nobody can tell at the moment, which is no reason to go on
            return [Judged(Verdict.INCONCLUSIVE, error.message)]

    def _judge(self, gate: Gate, most: float, allocations: Sequence[str]) -> Judged:
        measure = MEASURES[gate]
        of_new = f'alloc=~"{"|".join(allocations)}"'
        if isinstance(measure, Level):
            self._levels[gate].append(self._level(measure, of_new))
            return judge_level(gate, most, self._levels[gate])
        self._counts[gate].append(self._count(gate, measure, of_new))
        return judge_share(gate, measure.what, most, self._counts[gate])

    def _judge_pace(self, pace: FastestPace) -> Judged:
        """Of all containers, old and new, since the first new one served."""
        name, ratio = pace.slo.name, pace.slo.ratio
        since_s = max(SHORTEST_S, round(self.clock.monotonic() - (self.began_s or 0.0)))
        bad, events = (self._value(query) or 0.0 for query in burn.running(ratio, since_s))
        _, lately = (self._value(query) or 0.0 for query in burn.running(ratio, SHORTEST_S))
        self._counts[name].append(Count(bad, events, is_busy=lately > 0))
        what = "events of the whole service were bad"
        most = max(pace.most, self._burned_before.get(name, 0.0))
        return judge_share(f"burn rate of {name}", what, most, self._counts[name])

    def _count(self, gate: Gate, share: Share, of_new: str) -> Count:
        bad, events = (self._value(query) for query in share.queries(of_new))
        recent = self._value(share.recent(f'job="{self.spec.job}"')) or 0.0
        return Count(
            self._totals[f"{gate} bad"].add(bad),
            self._totals[f"{gate} events"].add(events),
            is_busy=recent > 0,
        )

    def _level(self, level: Level, of_new: str) -> float | None:
        memory_bytes = self.spec.resources.memory_mib * 2**20
        return self._value(level.query(of_new, memory_bytes, self.spec.job.removesuffix("-worker")))

    def _value(self, query: str) -> float | None:
        found = self.metrics.instant(query)
        return found[0].value if found else None
