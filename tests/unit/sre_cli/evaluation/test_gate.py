"""Whether a version may follow another: the statistics, and the rule."""

from __future__ import annotations

import math
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sre_cli.core.evaluation.gate import Reference, decide
from sre_cli.core.evaluation.paired import (
    Z_ONE_SIDED,
    bootstrap,
    least_overlap,
    likeliest,
    mcnemar,
    score_z,
    upper_bound,
)
from sre_cli.core.evaluation.promotion import figures_of
from sre_cli.specs.evaluation import Count, Dataset, Item, ModelId, Report
from sre_cli.specs.manifest import ModelManifest, manifest_path

ROOT = Path(__file__).parents[4]
TABLES = st.integers(1, 60).flatmap(
    lambda n: st.tuples(st.integers(0, n), st.integers(0, n), st.just(n)).filter(lambda t: t[0] + t[1] <= n)
)


@given(st.integers(0, 8), st.integers(0, 8))
def test_mcnemar_counts_every_way_the_coins_can_fall(b: int, c: int) -> None:
    ways = [sum(coins) >= b for coins in product((0, 1), repeat=b + c)]
    assert mcnemar(b, c) == pytest.approx(sum(ways) / len(ways))


@given(TABLES, st.sampled_from([0.01, 0.05, 0.3]))
def test_the_likeliest_rates_are_found(table: tuple[int, int, int], margin: float) -> None:
    b, c, n = table

    def likelihood(p: float) -> float:
        parts = ((b, p + margin), (c, p), (n - b - c, 1 - 2 * p - margin))
        return sum(count * math.log(max(share, 1e-300)) for count, share in parts)

    steps = [i / 500 * (1 - margin) / 2 for i in range(501)]
    assert likelihood(likeliest(b, c, n, margin)) >= max(map(likelihood, steps)) - 1e-6


@given(TABLES)
def test_the_bound_is_where_the_score_is_just_sure(table: tuple[int, int, int]) -> None:
    b, c, n = table
    upper = upper_bound(b, c, n)
    assert (b - c) / n <= upper <= 1
    if 0 < upper < 1:
        assert score_z(b, c, n, min(1, upper + 1e-6)) <= -Z_ONE_SIDED + 1e-3


@pytest.mark.parametrize("shared", [0.02, 0.1])
def test_a_version_that_is_worse_by_the_margin_seldom_passes(shared: float) -> None:
    """All tables of 80 items, weighed by how likely they are: about one in twenty passes."""
    n, margin = 80, 0.1
    p_b, p_c = shared + margin, shared
    passing = sum(
        math.comb(n, b) * math.comb(n - b, c) * p_b**b * p_c**c * (1 - p_b - p_c) ** (n - b - c)
        for b in range(30)
        for c in range(30)
        if upper_bound(b, c, n) < margin
    )
    assert 0.02 < passing < 0.065


def test_without_a_mistake_the_margin_says_how_many_items_are_needed() -> None:
    """n d / (1 - d) must reach 2.706: 52 items for 5 %."""
    assert upper_bound(0, 0, 51) > 0.05 > upper_bound(0, 0, 52)


@given(st.integers(0, 30), st.integers(0, 30))
def test_totals_alone_never_say_yes_where_items_say_no(candidate: int, reference: int) -> None:
    b, c = least_overlap(Count(events=candidate, total=30), Count(events=reference, total=30))
    assert b - c == candidate - reference
    for shared in range(min(candidate, reference) + 1):
        if candidate + reference - shared <= 30:
            assert upper_bound(candidate - shared, reference - shared, 30) <= upper_bound(b, c, 30) + 1e-9


def test_a_bootstrap_finds_the_difference() -> None:
    old = [Count(events=i % 3, total=100) for i in range(200)]
    new = [Count(events=i % 3 + 2, total=100) for i in range(200)]
    assert bootstrap(old, old) == (0, 0)
    low, high = bootstrap(new, old)
    assert low == pytest.approx(0.02) == high
    noisy = [Count(events=(i * 7) % 5, total=100) for i in range(200)]
    low, high = bootstrap(noisy, old)
    assert low < 0.01 < high


MANIFEST = ModelManifest.load(manifest_path(ROOT, "face-match"))
DOCUMENTS = ModelManifest.load(manifest_path(ROOT, "document-ocr"))


def report(
    items: list[Item], check: str = "face-match", sha256: str = "a" * 64, version: str = "1.1.0"
) -> Report:
    return Report(
        model=ModelId(check=check, name="x", version=version),
        weights={},
        thresholds={},
        task="comparison",
        dataset=Dataset(folder="f", sha256=sha256, items=len(items), of=len(items)),
        commit="c" * 40,
        made_at="2026-01-02T03:04:05+00:00",
        machine={},
        figures=(),
        windows={},
        items=tuple(items),
    )


def pairs(rejected: set[int], of: int = 400, accepted: set[int] | None = None) -> list[Item]:
    same = [item(f"s{i}", "false-rejection", i in rejected) for i in range(of)]
    return same + [item(f"d{i}", "false-acceptance", i in (accepted or set())) for i in range(4 * of)]


def item(name: str, metric: str, wrong: bool) -> Item:
    return Item(name=name, label="", said="", counts={metric: Count(events=wrong, total=1)})


OLD = report(pairs({1, 2, 3, 4}), version="1.0.0")


def words(candidate: Report, reference: Reference, manifest: ModelManifest = MANIFEST) -> dict[str, str]:
    return {line.metric: line.word for line in decide(manifest, candidate, reference).lines}


@pytest.mark.parametrize(
    ("rejected", "word"),
    [
        ({1, 2, 3, 4}, "pass"),
        ({5, 6, 7, 8}, "pass"),
        (set(range(1, 9)), "inconclusive"),
        (set(range(40)), "worse"),
    ],
)
def test_the_rule(rejected: set[int], word: str) -> None:
    verdict = decide(MANIFEST, report(pairs(rejected)), Reference.of_report(OLD))
    assert {line.metric: line.word for line in verdict.lines}["false-rejection"] == word
    assert verdict.passed == (word == "pass")
    assert verdict.word == word


def test_ten_more_mistakes_are_no_pass_even_if_the_other_kind_has_fewer() -> None:
    old = report(pairs(set(), accepted=set(range(20))))
    verdict = decide(MANIFEST, report(pairs(set(range(40)))), Reference.of_report(old))
    assert not verdict.passed


def test_too_few_items_are_a_no() -> None:
    few = report(pairs(set(), of=5))
    verdict = decide(MANIFEST, few, Reference.of_report(few))
    assert {line.word for line in verdict.lines} == {"inconclusive"}
    assert not verdict.passed


def test_against_the_manifests_totals_versions_share_as_little_as_they_can() -> None:
    kept = Reference.of_manifest("face-match", figures_of(OLD, "r", "b" * 64))
    assert words(report(pairs({1, 2, 3, 4})), kept)["false-rejection"] == "pass"
    assert words(report(pairs(set(range(9)))), Reference.of_report(report(pairs(set(range(9)))))) == {
        "false-rejection": "pass",
        "false-acceptance": "pass",
    }
    nine = Reference.of_manifest("face-match", figures_of(report(pairs(set(range(9)))), "r", "b" * 64))
    assert words(report(pairs(set(range(14)))), nine)["false-rejection"] == "inconclusive"


def test_other_items_and_other_models_are_refused_unread() -> None:
    other = Reference.of_report(report(pairs(set()), sha256="b" * 64))
    verdict = decide(MANIFEST, report(pairs(set()), check="face-liveness"), other)
    assert not verdict.passed
    assert verdict.lines == ()
    assert ["face-liveness" in verdict.objections[0], "other items" in verdict.objections[1]] == [True, True]


def test_what_the_candidate_no_longer_measures_is_a_no() -> None:
    verdict = decide(MANIFEST, report(pairs(set())[:400]), Reference.of_report(OLD))
    assert {line.metric: line.word for line in verdict.lines}["false-acceptance"] == "inconclusive"
    assert not verdict.passed
    nothing = report([item("x", "other", False)])
    assert not decide(MANIFEST, nothing, Reference.of_report(nothing)).passed


def pages(errors: int, of: int) -> Report:
    counts = {"characters": Count(events=errors, total=100)}
    return report([Item(name=f"p{i}", label="", said="", counts=counts) for i in range(of)], "document-ocr")


@pytest.mark.parametrize(
    ("errors", "of", "word"), [(5, 30, "pass"), (8, 30, "worse"), (5, 10, "inconclusive")]
)
def test_documents_are_resampled_whole(errors: int, of: int, word: str) -> None:
    old = Reference.of_report(pages(5, of))
    assert words(pages(errors, of), old, DOCUMENTS) == {"characters": word}


def test_pages_that_only_one_version_read_whole_tell_nothing() -> None:
    whole, other = pages(5, 30), pages(5, 60)
    disjoint = other.model_copy(update={"items": other.items[30:]})
    assert words(whole, Reference.of_report(disjoint), DOCUMENTS) == {"characters": "inconclusive"}


def test_totals_of_characters_are_no_reference() -> None:
    kept = Reference.of_manifest("document-ocr", figures_of(pages(5, 30), "r", "b" * 64))
    assert words(pages(5, 30), kept, DOCUMENTS) == {"characters": "inconclusive"}
