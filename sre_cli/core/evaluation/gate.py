"""Whether a version may take its predecessor's place.

The rule, for every kind of mistake that the manifest gives a margin: with 95 % confidence the candidate's
rate is not higher by the margin or more. That is non-inferiority on the same items; Tango's score test
where an item is right or wrong, a bootstrap over documents where it has many characters or fields. All of
them must hold, so no correction for their number is needed. Else the candidate is `worse` (significantly
so, by McNemar's exact test or the bootstrap at 5 %), or there are too few items to tell: `inconclusive`,
which is a no as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sre_cli.core.evaluation.paired import bootstrap, least_overlap, mcnemar, upper_bound
from sre_cli.core.evaluation.rates import sum_counts
from sre_cli.specs.evaluation import Count, Report
from sre_cli.specs.manifest import Evaluation, ModelManifest

Word = Literal["pass", "worse", "inconclusive"]
LEVEL = 0.05
FEWEST_DOCUMENTS = 20
"""With fewer, a bootstrap's interval is narrower than the truth."""


@dataclass(frozen=True)
class Line:
    """The evidence about one kind of mistake."""

    metric: str
    word: Word
    reference: Count
    candidate: Count
    margin: float
    upper: float | None
    """With 95 % confidence the difference of the rates is below."""
    why: str


@dataclass(frozen=True)
class Verdict:
    """What the gate says."""

    lines: tuple[Line, ...]
    objections: tuple[str, ...] = ()
    """Why the reports cannot be compared at all."""

    @property
    def passed(self) -> bool:
        """Whether the version may be promoted."""
        return bool(self.lines) and not self.objections and all(line.word == "pass" for line in self.lines)

    @property
    def word(self) -> Word:
        """In one word."""
        if self.passed:
            return "pass"
        return "worse" if any(line.word == "worse" for line in self.lines) else "inconclusive"


@dataclass(frozen=True)
class Reference:
    """What a candidate is compared with: a report, or the figures that are left of one."""

    check: str
    version: str
    dataset_sha256: str
    counts: Mapping[str, Count]
    items: Mapping[str, Mapping[str, Count]] | None = None
    """By item and kind of mistake."""

    @classmethod
    def of_report(cls, report: Report) -> Reference:
        """A whole report."""
        metrics = {metric for item in report.items for metric in item.counts}
        return cls(
            report.model.check,
            report.model.version,
            report.dataset.sha256,
            {metric: sum_counts(report.items, metric) for metric in sorted(metrics)},
            {item.name: item.counts for item in report.items},
        )

    @classmethod
    def of_manifest(cls, check: str, figures: Evaluation) -> Reference:
        """What a manifest keeps."""
        return cls(check, figures.version, figures.dataset_sha256, figures.counts)


def decide(manifest: ModelManifest, candidate: Report, reference: Reference) -> Verdict:
    """Compare the candidate with the reference by the manifest's margins."""
    objections = tuple(_objections(manifest, candidate, reference))
    if objections:
        return Verdict((), objections)
    new = Reference.of_report(candidate)
    measured = [metric for metric in manifest.gate.margins if metric in {*new.counts, *reference.counts}]
    if not measured:
        return Verdict((), ("neither report measures anything that has a margin",))
    return Verdict(tuple(_line(metric, manifest.gate.margins[metric], new, reference) for metric in measured))


def _objections(manifest: ModelManifest, candidate: Report, reference: Reference) -> list[str]:
    found = []
    for whose, check in (("candidate", candidate.model.check), ("reference", reference.check)):
        if check != manifest.check:
            found.append(f"the {whose} is of {check}, not of {manifest.check}")
    if candidate.dataset.sha256 != reference.dataset_sha256:
        found.append(
            f"other items were asked: dataset {candidate.dataset.sha256[:12]}, the reference's "
            f"{reference.dataset_sha256[:12]}; evaluate both versions on one folder"
        )
    return found


def _line(metric: str, margin: float, new: Reference, old: Reference) -> Line:
    nothing = Count(events=0, total=0)
    counts = old.counts.get(metric, nothing), new.counts.get(metric, nothing)
    if not counts[0].total or not counts[1].total:
        word, upper, why = _unsure(
            f"the {'candidate' if counts[0].total else 'reference'} does not measure it"
        )
    elif old.items is None:
        each = [one[metric] for one in (new.items or {}).values() if metric in one]
        word, upper, why = _by_totals(*counts, margin, all(one.total == 1 for one in each))
    else:
        word, upper, why = _by_items(*_shared(metric, new.items or {}, old.items), margin)
    return Line(metric, word, *counts, margin, upper, why)


Judged = tuple[Word, float | None, str]


def _unsure(why: str) -> Judged:
    return "inconclusive", None, why


def _shared(
    metric: str, new: Mapping[str, Mapping[str, Count]], old: Mapping[str, Mapping[str, Count]]
) -> tuple[list[Count], list[Count]]:
    """The counts of the items that both versions were measured on; the datasets are the same."""
    names = [name for name in new if metric in new[name] and metric in old.get(name, {})]
    return [new[name][metric] for name in names], [old[name][metric] for name in names]


def _by_items(new: list[Count], old: list[Count], margin: float) -> Judged:
    if not new:
        return _unsure("no item of it was measured in both")
    if all(count.total == 1 for count in (*new, *old)):
        b = sum(one.events > other.events for one, other in zip(new, old, strict=True))
        c = sum(one.events < other.events for one, other in zip(new, old, strict=True))
        return _by_test(b, c, len(new), margin, "items")
    if len(new) < FEWEST_DOCUMENTS:
        return _unsure(f"{len(new)} documents; {FEWEST_DOCUMENTS} are needed for a bootstrap")
    low, high = bootstrap(new, old)
    why = f"bootstrap over {len(new)} documents: difference {low:+.4f} to {high:+.4f}"
    return _word(high < margin, low > 0), high, why


def _by_totals(old: Count, new: Count, margin: float, one_each: bool) -> Judged:
    if not one_each:
        return _unsure("its items have several chances each: compare reports, with --reference")
    if old.total != new.total:
        return _unsure(f"{new.total} chances, the reference {old.total}: compare reports, with --reference")
    b, c = least_overlap(new, old)
    return _by_test(b, c, new.total, margin, "items at most, by totals alone")


def _by_test(b: int, c: int, n: int, margin: float, what: str) -> Judged:
    upper, p = upper_bound(b, c, n), mcnemar(b, c)
    why = f"wrong in the candidate alone {b}, in the reference alone {c}, of {n} {what}; McNemar p {p:.3f}"
    return _word(upper < margin, p < LEVEL and b > c), upper, why


def _word(passes: bool, worse: bool) -> Word:
    return "pass" if passes else "worse" if worse else "inconclusive"
