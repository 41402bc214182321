"""`sre demo`: compare pairs, find the rate that holds, say what limits it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sre_cli.core.bottleneck import Evidence, weigh
from sre_cli.core.demo import FRACTIONS, HIGHER, LOWER, DemoPlan, DemoResult, Measured
from sre_cli.core.pairs import Pair, PairAnswer
from sre_cli.core.trial import Trial, closed_throughput_rps, judge_trial, summarise
from sre_cli.errors import EngineUnavailable, Refused
from sre_cli.ports import FaceMatcher, LoadGenerator, Meter
from sre_cli.specs.load import LoadPlan

WARM_RATIO = 0.15
"""Share of the burst that fills the queue and is left out."""
PATH = "/v1/face-match"


@dataclass
class Demo:
    """Runs the demo against a service that is up. `say` receives a line whenever something moves."""

    service: FaceMatcher
    meter: Meter
    load: LoadGenerator
    say: Callable[[str], None] = field(default=lambda _: None)

    def compare(self, pairs: Sequence[Pair]) -> list[PairAnswer]:
        """Ask about each pair, one after the other."""
        answers = []
        for number, pair in enumerate(pairs, 1):
            self.say(f"pair {number} of {len(pairs)}")
            answers.append(self.service.compare(pair))
        return answers

    def measure(self, answers: list[PairAnswer], plan: DemoPlan) -> DemoResult:
        """Load the service with the pairs it decided on: a closed burst, then rates around its throughput.

        Raises Refused: when it decided on none.
        Raises EngineUnavailable: when the burst brings no good answer at all.
        """
        pairs = [answer.pair for answer in answers if answer.decision]
        if not pairs:
            raise Refused(f"the service refused every pair: {answers[0].refusal}")
        burst, seen = self._watch(
            f"{plan.users} callers without pause for {plan.burst_s:.0f} s",
            _plan(self.service, pairs, plan, arrivals="closed", users=plan.users, duration_s=plan.burst_s),
            pairs[0],
            plan.cores,
        )
        saturation_rps = closed_throughput_rps(burst, WARM_RATIO * plan.burst_s)
        if not saturation_rps:
            statuses = sorted({shot.status for shot in burst.shots})
            raise EngineUnavailable(f"the service answered nothing under load (statuses {statuses})")
        trials = self._try_rates(pairs, saturation_rps, plan)
        return DemoResult(answers, saturation_rps, seen, trials, plan.target)

    def _try_rates(self, pairs: list[Pair], saturation_rps: float, plan: DemoPlan) -> list[Measured]:
        def attempt(fraction: float) -> Measured:
            return self._attempt(pairs, saturation_rps * fraction, saturation_rps, plan)

        trials = [attempt(fraction) for fraction in FRACTIONS]
        for fraction in LOWER:
            if not trials[0].verdict.holds:
                trials.insert(0, attempt(fraction))
        for fraction in HIGHER:
            if all(measured.verdict.holds for measured in trials):
                trials.append(attempt(fraction))
        return trials

    def _attempt(self, pairs: list[Pair], rate_rps: float, capacity_rps: float, plan: DemoPlan) -> Measured:
        trial, evidence = self._watch(
            f"{rate_rps:.1f} requests/s for {plan.trial_s:.0f} s, whether or not answers come",
            _plan(self.service, pairs, plan, arrivals="poisson", rate_rps=rate_rps, duration_s=plan.trial_s),
            pairs[0],
            plan.cores,
        )
        summary = summarise(trial)
        return Measured(trial, summary, judge_trial(summary, plan.target, capacity_rps), evidence)

    def _watch(self, what: str, load: LoadPlan, pair: Pair, cores: int) -> tuple[Trial, Evidence]:
        """Run a trial between two readings, once the service is done with the trial before.

        A check that went through the queue has seen it empty.
        """
        self.say("the queue empties")
        self.service.compare(pair)
        self.say(what)
        before = self.meter.reading()
        trial = self.load.run(load)
        return trial, weigh(before, self.meter.reading(), trial, cores)


def _plan(service: FaceMatcher, pairs: list[Pair], plan: DemoPlan, **changes: object) -> LoadPlan:
    """A trial of the demo; an answer later than twice the target has missed it anyway."""
    return LoadPlan.model_validate(
        {
            "base_url": service.base_url,
            "path": PATH,
            "payloads": [{"image_a": pair.a, "image_b": pair.b} for pair in pairs],
            "drain_s": 2 * plan.target.p95_s,
            "seed": plan.seed,
            **changes,
        }
    )
