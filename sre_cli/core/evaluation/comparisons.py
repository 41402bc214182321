"""Pairs of faces: is it one person? Terms as in ISO/IEC 19795-1.

FRR and FAR are over all pairs: one that could not be compared was not accepted. What is of the scores alone
(AUC, EER, TAR) is over the pairs that were compared.
"""

from __future__ import annotations

from collections.abc import Sequence

from sre_cli.core.evaluation import curves
from sre_cli.core.evaluation.labelled import Answer, Labelled
from sre_cli.core.evaluation.rates import once, rate, refusals, sum_counts, tally
from sre_cli.specs.evaluation import Count, Figure, Item

SAME, DIFFERENT = "same", "different"
REJECTION, ACCEPTANCE = "false-rejection", "false-acceptance"
FARS = (1e-2, 1e-3)


def judge(asked: Labelled, answer: Answer) -> Item:
    """Whether the decision was right."""
    accepted = answer.result is not None and bool(answer.result["match"])
    same = asked.label == SAME
    counts = {REJECTION: once(not accepted)} if same else {ACCEPTANCE: once(accepted)}
    said = answer.refusal or (SAME if accepted else DIFFERENT)
    score = answer.result["score"] if answer.result else None
    return Item(
        name=asked.name,
        label=asked.label,
        said=said,
        refused=answer.result is None,
        score=score,
        counts=counts,
    )


def figures(items: Sequence[Item]) -> list[Figure]:
    """Every figure that the items allow."""
    return [
        rate("FRR at the threshold", sum_counts(items, REJECTION)),
        rate("FAR at the threshold", sum_counts(items, ACCEPTANCE)),
        rate("failures to acquire", tally(item.refused for item in items), refusals(items)),
        *_of_scores(*scores(items)),
    ]


def scores(items: Sequence[Item]) -> tuple[list[float], list[float]]:
    """Of pairs of one person, and of two, where there is one."""
    found = [(item.label == SAME, item.score) for item in items if item.score is not None]
    return [score for same, score in found if same], [score for same, score in found if not same]


def _of_scores(same: list[float], different: list[float]) -> list[Figure]:
    if not same or not different:
        return [Figure(name="AUC", value=None, note="needs compared pairs of both kinds")]
    even = curves.eer(same, different)
    return [
        Figure(name="AUC", value=curves.auc(same, different)),
        Figure(
            name="EER", value=(even.far + 1 - even.tar) / 2, note=f"at a threshold of {even.threshold:.4g}"
        ),
        *(_tar(same, different, far) for far in FARS),
    ]


def _tar(same: list[float], different: list[float], far: float) -> Figure:
    accepted = Count(events=curves.tar_at_far(same, different, far), total=len(same))
    return rate(f"TAR at FAR {far:g}", accepted, _doubt(len(different), round(1 / far)))


def _doubt(pairs: int, least: int) -> str:
    """Why a FAR of 1 in `least` is not sure with so many different pairs: three times as many bound it, by
    the rule of three."""
    if pairs < least:
        return f"too few different pairs for it, {pairs} of {least}: this is where none was accepted"
    return f"{pairs} different pairs; {3 * least} would make the FAR sure" if pairs < 3 * least else ""
