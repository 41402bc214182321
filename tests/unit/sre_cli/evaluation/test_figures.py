"""Rates, curves and counts against independent computations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sre_cli.core.evaluation import attacks, comparisons, curves, documents
from sre_cli.core.evaluation.labelled import Answer, Labelled, spread
from sre_cli.core.evaluation.rates import Z95, rate, wilson
from sre_cli.specs.evaluation import Count, Figure, Item

SCORES = st.lists(st.integers(0, 20).map(lambda n: n / 20), min_size=1, max_size=25)
"""Few different ones: ties are what goes wrong."""


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_ends_are_z_standard_errors_away(seen: tuple[int, int]) -> None:
    events, total = seen
    for end in wilson(events, total):
        distance = abs(events / total - end)
        assert distance == pytest.approx(Z95 * math.sqrt(end * (1 - end) / total), abs=1e-9)


def test_of_nothing_no_rate_is_made() -> None:
    assert rate("x", Count(events=0, total=0)) == Figure(
        name="x", value=None, events=0, total=0, note="no such item"
    )
    with pytest.raises(ValueError, match="nothing to say"):
        wilson(0, 0)


@given(SCORES, SCORES)
def test_the_area_is_how_often_a_wanted_one_wins(wanted: list[float], unwanted: list[float]) -> None:
    wins = [(a > b) + (a == b) / 2 for a in wanted for b in unwanted]
    assert curves.auc(wanted, unwanted) == pytest.approx(sum(wins) / len(wins))


@given(SCORES, SCORES)
def test_the_area_lies_below_the_curve(wanted: list[float], unwanted: list[float]) -> None:
    points = curves.roc(wanted, unwanted)
    area = sum((b.far - a.far) * (a.tar + b.tar) / 2 for a, b in pairwise(points))
    assert curves.auc(wanted, unwanted) == pytest.approx(area)


def accepted(scores: Sequence[float], threshold: float) -> float:
    return sum(score >= threshold for score in scores) / len(scores)


@given(SCORES, SCORES)
def test_the_equal_error_rate_is_that_of_the_best_threshold(
    wanted: list[float], unwanted: list[float]
) -> None:
    thresholds = [-math.inf, *(n / 20 for n in range(21)), math.inf]
    gaps = [abs(accepted(unwanted, t) - (1 - accepted(wanted, t))) for t in thresholds]
    point = curves.eer(wanted, unwanted)
    assert abs(point.far - (1 - point.tar)) == pytest.approx(min(gaps))
    assert point.far == pytest.approx(accepted(unwanted, point.threshold))


@given(SCORES, SCORES, st.sampled_from([0.0, 0.001, 0.01, 0.1, 1 / 3, 0.5, 1.0]))
def test_tar_is_the_highest_that_keeps_the_far(
    wanted: list[float], unwanted: list[float], far: float
) -> None:
    thresholds = [n / 40 for n in range(42)]
    best = max(accepted(wanted, t) for t in thresholds if accepted(unwanted, t) <= far + 1e-9)
    assert curves.tar_at_far(wanted, unwanted, far) / len(wanted) == pytest.approx(best)


def test_a_curve_needs_both_kinds() -> None:
    with pytest.raises(ValueError, match="both kinds"):
        curves.auc([0.5], [])


@cache
def distance(a: str, b: str) -> int:
    """By the definition."""
    if not a or not b:
        return len(a) + len(b)
    return min(distance(a[1:], b) + 1, distance(a, b[1:]) + 1, distance(a[1:], b[1:]) + (a[0] != b[0]))


@given(st.text("abc<", max_size=7), st.text("abc<", max_size=7))
def test_the_edit_distance_is_the_defined_one(a: str, b: str) -> None:
    assert documents.edit_distance(a, b) == distance(a, b)


def test_blanks_and_composition_are_no_mistakes() -> None:
    assert documents.character_errors("é  b\nc", "e\u0301 b c") == Count(events=0, total=5)
    assert documents.character_errors("ab", "something else") == Count(events=2, total=2)


@given(st.lists(st.integers(), max_size=60), st.integers(1, 70))
def test_a_limit_takes_evenly(items: list[int], limit: int) -> None:
    indices = spread(range(len(items)), limit)
    assert len(indices) == min(limit, len(items)) == len(set(indices))
    steps = {b - a for a, b in pairwise(indices)}
    assert not steps or max(steps) - min(steps) <= 1


def asked(name: str, label: str, **truth: str) -> Labelled:
    return Labelled(name, (Path(name),), label, truth)


def values(figures: Sequence[Figure]) -> dict[str, float | None]:
    return {figure.name: figure.value for figure in figures}


def pair(label: str, score: float | None, match: bool = False) -> Item:
    result = None if score is None else {"score": score, "match": match}
    name = f"{label}{score}"
    return comparisons.judge(asked(name, label), Answer(name, result, "" if result else "no-face"))


def test_a_pair_that_could_not_be_compared_was_not_accepted() -> None:
    items = [
        pair("same", 0.9, True), pair("same", 0.3), pair("same", None),
        pair("different", 0.1), pair("different", 0.8, True), pair("different", None),
    ]  # fmt: skip
    figures = comparisons.figures(items)
    seen = values(figures)
    assert seen["FRR at the threshold"] == pytest.approx(2 / 3)
    assert seen["FAR at the threshold"] == pytest.approx(1 / 3)
    assert seen["AUC"] == pytest.approx(3 / 4)
    failures = next(figure for figure in figures if figure.name == "failures to acquire")
    assert (failures.events, failures.total) == (2, 6)
    assert failures.note == "sameNone: no-face; differentNone: no-face"


@pytest.mark.parametrize(("others", "note"), [(11, "too few"), (100, "300 would"), (300, "")])
def test_a_far_that_so_few_pairs_cannot_show_is_called_so(others: int, note: str) -> None:
    items = [pair("same", 0.9, True), *(pair("different", n / 1000) for n in range(others))]
    figure = next(one for one in comparisons.figures(items) if one.name == "TAR at FAR 0.01")
    assert note in figure.note
    assert bool(note) == bool(figure.note)


def selfie(label: str, verdict: str, score: float = 0.5) -> Item:
    refused = verdict == "no-face"
    result = None if refused else {"score": score, "verdict": verdict}
    return attacks.judge(asked(f"{label}-{verdict}", label), Answer("", result, verdict if refused else ""))


def test_attacks_are_counted_by_kind_and_the_worst_is_told() -> None:
    items = [
        *[selfie("live", "live")] * 6, selfie("live", "spoof"),
        *[selfie("live", "review")] * 2, selfie("live", "no-face"),
        *[selfie("print", "spoof")] * 3, selfie("print", "live"),
        selfie("screen", "live"), selfie("screen", "review"), selfie("screen", "no-face"),
    ]  # fmt: skip
    figures = attacks.figures(items)
    expected = {
        "APCER print": 1 / 4, "APCER screen": 1 / 2, "APCER, the worst kind": 1 / 2,
        "BPCER": 1 / 9, "BPCER, review counted": 3 / 9, "ACER": (1 / 2 + 1 / 9) / 2,
        "ACER, review counted": (1 / 2 + 3 / 9) / 2,
        "review of live faces": 2 / 10, "review of attacks": 1 / 7,
        "BPNRR, live faces refused": 1 / 10, "APNRR, attacks refused": 1 / 7,
    }  # fmt: skip
    assert {name: values(figures)[name] for name in expected} == pytest.approx(expected)
    assert sum(item.counts["live-not-accepted"].events for item in items if item.label == "live") == 4
    assert sum(item.counts["attack-accepted"].events for item in items if item.label != "live") == 2


def test_without_attacks_nothing_is_said_of_them() -> None:
    figures = values(attacks.figures([selfie("live", "live")]))
    assert figures["APCER, the worst kind"] is figures["ACER"] is figures["AUC"] is None


ELEMENT = {"value": "L898902C3", "valid": True}
READ = {
    "complete": True,
    "lines": [{"text": "UTOPIA"}, {"text": "P<UTO"}],
    "mrz": {"kind": "TD3", "valid": True, "lines": ["P<UTO", "L8989"]},
    "fields": {"document_number": ELEMENT, "sex": {"value": "F", "valid": None}, "optional_data_2": None},
}


def test_a_document_is_measured_by_every_label_it_has() -> None:
    labelled = asked(
        "d", "td3", transcript="UTOPIA\nP<UTA", zone="P<UTO\nL8988", document_number="L898902C3", sex="M"
    )
    item = documents.judge(labelled, Answer("d", READ))
    assert {name: (one.events, one.total) for name, one in item.counts.items()} == {
        "zone-not-valid": (0, 1), "zone-wrong-kind": (0, 1), "zone-check-digits": (0, 1),
        "zone-fields": (1, 2),
        "zone-characters": (1, 11), "characters": (1, 12),
    }  # fmt: skip
    assert item.said == "TD3 valid"


def test_of_a_page_that_was_not_read_whole_no_character_counts() -> None:
    item = documents.judge(asked("d", "td3", transcript="x"), Answer("d", READ | {"complete": False}))
    assert "characters" not in item.counts
    figure = next(one for one in documents.figures([item]) if one.name == "CER of the page")
    assert (figure.value, figure.note) == (None, "no transcript; 1 not read whole")


def test_a_refused_document_has_everything_wrong() -> None:
    labelled = asked("d", "td3", transcript="abc", zone="P<", document_number="1")
    item = documents.judge(labelled, Answer("d", refusal="no-text"))
    assert all(one.events == one.total > 0 for one in item.counts.values())
    assert values(documents.figures([item]))["failures to acquire"] == 1
