"""Presentation attack detection: is a person before the camera? Terms as in ISO/IEC 30107-3.

A verdict has three values: `review` accepts nobody and accuses nobody, and its share is told beside. A
refusal (no face, unreadable) is a non-response: it counts among neither mistakes, and is a rate of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sre_cli.core.evaluation import curves
from sre_cli.core.evaluation.labelled import Answer, Labelled
from sre_cli.core.evaluation.rates import once, rate, refusals, tally
from sre_cli.specs.evaluation import Count, Figure, Item

LIVE, SPOOF, REVIEW = "live", "spoof", "review"
ACCEPTED, NOT_ACCEPTED = "attack-accepted", "live-not-accepted"


def judge(asked: Labelled, answer: Answer) -> Item:
    """Whether an attack was accepted, or a live face was not, whatever the reason."""
    said = answer.result["verdict"] if answer.result else answer.refusal
    live = asked.label == LIVE
    counts = {NOT_ACCEPTED: once(said != LIVE)} if live else {ACCEPTED: once(said == LIVE)}
    return Item(
        name=asked.name,
        label=asked.label,
        said=said,
        refused=answer.result is None,
        score=answer.result["score"] if answer.result else None,
        counts=counts,
    )


def figures(items: Sequence[Item]) -> list[Figure]:
    """Every figure that the items allow."""
    live = [item for item in items if item.label == LIVE]
    attacks = [item for item in items if item.label != LIVE]
    by_kind = {kind: apcer(item for item in attacks if item.label == kind) for kind in kinds(attacks)}
    return [
        *(rate(f"APCER {kind}", count) for kind, count in by_kind.items()),
        rate("APCER, the worst kind", worst(by_kind.values())),
        rate("BPCER", bpcer(live)),
        rate("BPCER, review counted", bpcer(live, review=True)),
        *_acer(worst(by_kind.values()), live),
        rate("review of live faces", tally(item.said == REVIEW for item in live)),
        rate("review of attacks", tally(item.said == REVIEW for item in attacks)),
        rate("BPNRR, live faces refused", tally(item.refused for item in live), refusals(live)),
        rate("APNRR, attacks refused", tally(item.refused for item in attacks), refusals(attacks)),
        *_of_scores(*scores(items)),
    ]


def kinds(attacks: Iterable[Item]) -> list[str]:
    """The kinds of attack there are."""
    return sorted({item.label for item in attacks})


def apcer(attacks: Iterable[Item]) -> Count:
    """Attack presentation classification error: attacks of one kind that were taken for live."""
    return tally(item.said == LIVE for item in attacks if not item.refused)


def bpcer(live: Iterable[Item], *, review: bool = False) -> Count:
    """Bona fide presentation classification error: live faces taken for attacks, or also sent to review."""
    wrong = {SPOOF, REVIEW} if review else {SPOOF}
    return tally(item.said in wrong for item in live if not item.refused)


def worst(counts: Iterable[Count]) -> Count:
    """The highest rate, which 30107-3 reports as APCER; of none, none."""
    known = [count for count in counts if count.total]
    return max(known, key=lambda count: count.events / count.total, default=Count(events=0, total=0))


def scores(items: Sequence[Item]) -> tuple[list[float], list[float]]:
    """Of live faces, and of attacks, where there is one."""
    found = [(item.label == LIVE, item.score) for item in items if item.score is not None]
    return [score for live, score in found if live], [score for live, score in found if not live]


def _acer(highest: Count, live: Sequence[Item]) -> list[Figure]:
    """Average classification error: the mean of the highest APCER and BPCER."""
    made: list[Figure] = []
    for name, review in (("ACER", False), ("ACER, review counted", True)):
        count = bpcer(live, review=review)
        known = highest.total and count.total
        value = (highest.events / highest.total + count.events / count.total) / 2 if known else None
        made.append(Figure(name=name, value=value, note="" if known else "needs both kinds"))
    return made


def _of_scores(live: list[float], attacks: list[float]) -> list[Figure]:
    if not live or not attacks:
        return [Figure(name="AUC", value=None, note="needs scores of both kinds")]
    even = curves.eer(live, attacks)
    return [
        Figure(name="AUC", value=curves.auc(live, attacks)),
        Figure(
            name="EER", value=(even.far + 1 - even.tar) / 2, note=f"at a threshold of {even.threshold:.4g}"
        ),
    ]
