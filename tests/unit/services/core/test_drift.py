"""The stability index and what it counts."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.core.drift import EMPTY, Recent, histogram, psi, psi_of_chance, values_at

COUNTS = st.lists(st.integers(0, 500), min_size=6, max_size=6)
EDGES = (0.0, 1.0, 2.5)


def kullback_leibler(p: list[float], q: list[float]) -> float:
    return sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))


@given(COUNTS, COUNTS)
def test_it_is_the_sum_of_both_divergences(reference: list[int], window: list[int]) -> None:
    p, q = ([(n + EMPTY) / (sum(some) + 6 * EMPTY) for n in some] for some in (reference, window))
    assert psi(reference, window) == pytest.approx(kullback_leibler(p, q) + kullback_leibler(q, p), abs=1e-9)
    assert psi(reference, window) == pytest.approx(psi(window, reference), abs=1e-9)
    assert psi(reference, window) >= 0


@given(COUNTS)
def test_nothing_has_drifted_from_itself(counts: list[int]) -> None:
    assert psi(counts, counts) == 0


def test_the_textbook_example() -> None:
    """Ten bins of 10 % against a window that lost half of the first one to the last."""
    window = [500, *[1000] * 8, 1500]
    expected = (0.05 - 0.1) * math.log(0.5) + (0.15 - 0.1) * math.log(1.5)
    assert psi([1000] * 10, window) == pytest.approx(expected, abs=1e-3)


def test_other_bins_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="longer"):
        psi([1, 2], [1, 2, 3])


def test_chance_alone_makes_what_the_formula_says() -> None:
    draw = random.Random(3)  # noqa: S311  # no secret
    samples = [histogram([draw.random() for _ in range(500)], [0.2, 0.4, 0.6, 0.8]) for _ in range(400)]
    mean = sum(psi(a, b) for a, b in zip(samples[::2], samples[1::2], strict=True)) / 200
    assert mean == pytest.approx(psi_of_chance(5, 500, 500), rel=0.2)
    assert psi_of_chance(5, 0, 500) == math.inf


@given(st.lists(st.floats(-5, 5), max_size=50))
def test_a_bin_begins_at_its_edge(values: list[float]) -> None:
    bounds = [-math.inf, *EDGES, math.inf]
    expected = [sum(bounds[i] <= one < bounds[i + 1] for one in values) for i in range(4)]
    assert histogram(values, EDGES) == expected


@given(st.lists(st.floats(-5, 5), max_size=50), st.integers(1, 10))
def test_only_the_last_values_are_remembered(values: list[float], size: int) -> None:
    assume(values)
    recent = Recent(EDGES, size)
    for value in values:
        recent.add(value)
    assert recent.counts == histogram(values[-size:], EDGES)
    assert len(recent) == min(size, len(values))


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("score", [0.5]),
        ("faces.*.px", [80.0, 90.0]),
        ("lines.*.confidence", [0.9]),
        ("none", []),
        ("score.none", []),
        ("flag", []),
        ("mrz.kind", []),
        ("endless", []),
    ],
)
def test_numbers_are_found_and_nothing_else(path: str, values: list[float]) -> None:
    answer = {
        "score": 0.5,
        "flag": True,
        "endless": math.nan,
        "faces": {"a": {"px": 80}, "b": {"px": 90}},
        "lines": [{"confidence": 0.9}, {"text": "x"}],
        "mrz": None,
    }
    assert values_at(answer, path) == values
    assert values_at(None, path) == []
