"""Whether retraining is due, from drift and from what people said about the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeGuard

from sre_cli.core.evaluation.rates import wilson
from sre_cli.specs.evaluation import Count
from sre_cli.specs.manifest import Retraining

SHIFTED_PSI, WATCH_PSI = 0.25, 0.1
"""Below 0.1 no change to speak of, from 0.25 on a shift that calls for a new model, between the two a look:
the rule of thumb of N. Siddiqi: Credit Risk Scorecards, 2006, after E. M. Lewis, 1994."""

Due = Literal["due", "not due", "not enough data"]


@dataclass(frozen=True)
class Evidence:
    """What production says about a model."""

    psi: Mapping[str, float]
    """By feature, where there is one."""
    feedback: Count | None
    """Answers that people called wrong, of those they labelled."""


@dataclass(frozen=True)
class Advice:
    """The conclusion, and what it rests on."""

    due: Due
    reasons: tuple[str, ...]
    """Why it is due."""
    watch: tuple[str, ...]
    """What is not right, but no reason yet."""
    missing: tuple[str, ...]
    """What could not be judged."""


def advise(evidence: Evidence, features: tuple[str, ...], rule: Retraining) -> Advice:
    """One reason is enough; without any, everything must have been seen to be well."""
    reasons = (*_shifted(evidence.psi), *_disagreed(evidence.feedback, rule))
    missing = tuple(_missing(evidence, features, rule))
    due: Due = "due" if reasons else "not enough data" if missing else "not due"
    return Advice(due, reasons, tuple(_watch(evidence, rule)), missing)


def _shifted(psi: Mapping[str, float]) -> Iterator[str]:
    for feature, value in sorted(psi.items()):
        if value >= SHIFTED_PSI:
            yield f"{feature}: PSI {value:.2f}, a shift ({SHIFTED_PSI} and more)"


def _disagreed(feedback: Count | None, rule: Retraining) -> Iterator[str]:
    if _is_high(feedback, rule) and _is_sure(feedback, rule):
        yield f"feedback: {_told(feedback)}, above {rule.disagreement_ratio_max:.1%} with 95 % confidence"


def _watch(evidence: Evidence, rule: Retraining) -> Iterator[str]:
    for feature, value in sorted(evidence.psi.items()):
        if WATCH_PSI <= value < SHIFTED_PSI:
            yield f"{feature}: PSI {value:.2f}, worth a look ({WATCH_PSI} to {SHIFTED_PSI})"
    if _is_high(evidence.feedback, rule) and not _is_sure(evidence.feedback, rule):
        limit = f"{rule.disagreement_ratio_max:.1%}"
        yield f"feedback: {_told(evidence.feedback)}, above {limit}, maybe by chance"


def _is_high(seen: Count | None, rule: Retraining) -> TypeGuard[Count]:
    if seen is None or seen.total < rule.labelled_min:
        return False
    return seen.events > rule.disagreement_ratio_max * seen.total


def _is_sure(seen: Count, rule: Retraining) -> bool:
    return wilson(seen.events, seen.total)[0] > rule.disagreement_ratio_max


def _missing(evidence: Evidence, features: tuple[str, ...], rule: Retraining) -> Iterator[str]:
    for feature in features:
        if feature not in evidence.psi:
            yield f"{feature}: no PSI; without a reference window of some hundred items none is exported"
    labelled = evidence.feedback.total if evidence.feedback else 0
    if labelled < rule.labelled_min:
        yield f"feedback: {labelled} labelled answers, {rule.labelled_min} are needed"


def _told(count: Count) -> str:
    return f"{count.events} of {count.total} answers were wrong ({count.events / count.total:.1%})"
