"""What `sre demo` found, as words and rows for people and as plain values for machines."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sre_cli.core.demo import DemoResult, Measured
from sre_cli.core.pairs import PairAnswer

ANSWER_HEADERS = ("PAIR", "EXPECTED", "SCORE", "SAID", "", "LATENCY", "STAGES (ms)")
TRIAL_HEADERS = ("OFFERED/s", "ANSWERED/s", "REQUESTS", "P50", "P95", "P99", "ERRORS", "OTHER CPU", "VERDICT")
NOISY = 0.2
"""Share of the machine in other hands above which a reader must know."""
HEREDOC = re.compile(r"(<<EOF\n)(.*?\n)(EOF\n)", re.DOTALL)
HEREDOC_LINES = 60
"""A longer heredoc is a program that travels with the job, not the job."""


def describe_answers(answers: Sequence[PairAnswer]) -> str:
    """One line about all pairs."""
    right = sum(1 for answer in answers if answer.right)
    said = [(answer.pair.same, answer.decision.score) for answer in answers if answer.decision]
    same = [score for expected, score in said if expected]
    other = [score for expected, score in said if not expected]
    apart = f": same person from {min(same):.3f}, different up to {max(other):.3f}" if same and other else ""
    return f"{right} of {len(answers)} pairs answered rightly{apart}"


def describe_saturation(result: DemoResult) -> str:
    """What came out when callers asked without pause."""
    return (
        f"Asked without pause it answered {result.saturation_rps:.1f} requests/s, while other programs used"
        f" {result.burst.other_cores:.1f} of {result.burst.cores} cores"
    )


def describe_rate(result: DemoResult) -> str:
    """How many requests a second, and how surely."""
    best = result.best
    if best is None:
        reasons = "; ".join(result.trials[0].verdict.objections)
        return f"No rate tried holds: at {result.trials[0].summary.offered_rps:.1f} requests/s {reasons}."
    seen = best.summary
    above = result.trials[result.trials.index(best) + 1 :]
    beyond = (
        f"At {above[0].summary.offered_rps:.1f} it does not: {'; '.join(above[0].verdict.objections)}."
        if above
        else "Every rate tried holds, so the limit lies higher; look again on a calmer machine."
    )
    return (
        f"This machine holds {seen.offered_rps:.1f} requests/s within p95 < {result.target.p95_s:g} s:"
        f" p95 {seconds(seen.p95_s)}, {describe_interval(seen.p95_interval_s)}, {seen.errors} errors."
        f" {beyond}"
    )


def describe_bounds(result: DemoResult) -> str:
    """What so short a measurement cannot know."""
    trial = (result.best or result.trials[0]).trial
    taken = max(seen.other_cores for seen in [result.burst, *(t.evidence for t in result.trials)])
    cores = result.evidence.cores
    noise = f" Other programs took up to {taken:.1f} of {cores} cores meanwhile: it may hold more alone."
    return (
        f"Bounds of this claim: {trial.plan.duration_s:.0f} s and {len(trial.shots)} requests a rate, random"
        " arrivals, load generator on the same machine. A backlog growing by under 2 %, heat, memory growth"
        " and busy neighbours need a longer run." + (noise if taken > NOISY * cores else "")
    )


def describe_interval(interval_s: tuple[float, float]) -> str:
    """The confidence interval in words."""
    low, high = interval_s
    if math.isinf(high):
        return f"95 % interval from {seconds(low)}, too few requests for an upper end"
    return f"95 % interval {seconds(low)} to {seconds(high)}"


def seconds(value: float) -> str:
    """A latency for people: three digits at most, and a word for what never came."""
    if math.isinf(value):
        return "unanswered"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def answer_row(answer: PairAnswer) -> tuple[str, ...]:
    """Cells under ANSWER_HEADERS."""
    pair, said = answer.pair, answer.decision
    return (
        f"{pair.a.name} {pair.b.name}",
        _who(pair.same),
        f"{said.score:.3f}" if said else "",
        _who(said.match) if said else f"refused: {answer.refusal}",
        "right" if answer.right else "WRONG",
        seconds(answer.latency_s),
        " ".join(f"{name} {ms:.0f}" for name, ms in said.stages_ms.items()) if said else "",
    )


def trial_row(measured: Measured) -> tuple[str, ...]:
    """Cells under TRIAL_HEADERS."""
    seen = measured.summary
    return (
        f"{seen.offered_rps:.1f}",
        f"{seen.answered_rps:.1f}",
        str(seen.arrivals),
        seconds(seen.p50_s),
        seconds(seen.p95_s),
        seconds(seen.p99_s),
        f"{seen.errors} ({seen.dropped} dropped, {seen.unfinished} unfinished)" if seen.errors else "0",
        f"{measured.evidence.other_cores:.1f} cores",
        "; ".join(measured.verdict.objections) or "holds",
    )


def shorten_hcl(hcl: str) -> str:
    """The job without the bodies of its long heredocs."""

    def shorten(match: re.Match[str]) -> str:
        lines = match[2].splitlines()
        if len(lines) <= HEREDOC_LINES:
            return match[0]
        return f"{match[1]}{lines[0]}\n... {len(lines) - 1} more lines, in the report ...\n{match[3]}"

    return HEREDOC.sub(shorten, hcl)


def to_json(result: DemoResult) -> dict[str, Any]:
    """Every number; null where a latency has none because requests went unanswered."""
    best = result.best
    found = {
        "rate": {"rps": best.summary.offered_rps, "p95_s": best.summary.p95_s} if best else None,
        "target": asdict(result.target),
        "saturation_rps": result.saturation_rps,
        "burst": asdict(result.burst),
        "trials": [_trial_json(measured) for measured in result.trials],
        "limit": asdict(result.limit),
        "answers": [asdict(answer) | {"right": answer.right} for answer in result.answers],
        "objections": result.objections,
    }
    return {key: _plain(value) for key, value in found.items()}


def _trial_json(measured: Measured) -> dict[str, Any]:
    parts = {"holds": measured.verdict.holds, "evidence": asdict(measured.evidence)}
    return asdict(measured.summary) | asdict(measured.verdict) | parts


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | None) else str(value)


def _who(same: bool) -> str:
    return "same" if same else "different"
