"""How far what is seen now lies from what was seen when a model was accepted."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

EMPTY = 0.5
"""Added to every bin: one that nobody fell into would make the index infinite."""


@dataclass(frozen=True)
class Feature:
    """A number of an answer that is watched, and how it was distributed in the reference window."""

    name: str
    path: str
    """Keys of the answer, by dots; `*` is every key or item."""
    edges: tuple[float, ...]
    """Ascending; a bin begins at each and ends before the next. One more lies below the first."""
    reference: tuple[int, ...] = ()
    """Counts of the bins; empty where nothing was recorded yet."""


def psi(reference_counts: Sequence[int], window_counts: Sequence[int]) -> float:
    """The population stability index of two histograms over the same bins; 0 for equal shares.

    The sum over bins of (w - r) ln(w / r), r and w being the shares of a bin (E. M. Lewis: An Introduction to
    Credit Scoring, 1994; N. Siddiqi: Credit Risk Scorecards, 2006), with EMPTY added to every count.
    Raises ValueError: when the histograms have not the same bins.
    """
    shares = zip(_shares(reference_counts), _shares(window_counts), strict=True)
    return sum((w - r) * math.log(w / r) for r, w in shares)


def psi_of_chance(bins: int, reference: int, window: int) -> float:
    """What the index is on average without any drift, between samples of these sizes.

    (bins - 1) (1 / reference + 1 / window): B. Yurdakul, J. Naranjo: Statistical properties of the population
    stability index, 2020. Infinite when either sample is empty.
    """
    if not reference or not window:
        return math.inf
    return (bins - 1) * (1 / reference + 1 / window)


def values_at(answer: object, path: str) -> list[float]:
    """The finite numbers at `path` of an answer; what is not there is left out."""
    found = _walk(answer, path.split("."))
    return [
        float(one)
        for one in found
        if isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one)
    ]


def histogram(values: Sequence[float], edges: Sequence[float]) -> list[int]:
    """How many values fall into each bin."""
    counts = [0] * (len(edges) + 1)
    for value in values:
        counts[bisect_right(edges, value)] += 1
    return counts


class Recent:
    """The histogram of the last `size` values of one feature."""

    def __init__(self, edges: Sequence[float], size: int):
        self._edges = edges
        self._bins: deque[int] = deque(maxlen=size)
        self.counts = [0] * (len(edges) + 1)

    def __len__(self) -> int:
        """How many values it holds."""
        return len(self._bins)

    def add(self, value: float) -> None:
        """Take a value in; the oldest one leaves when there are too many."""
        if len(self._bins) == self._bins.maxlen:
            self.counts[self._bins[0]] -= 1
        self._bins.append(bisect_right(self._edges, value))
        self.counts[self._bins[-1]] += 1


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) + EMPTY * len(counts)
    return [(count + EMPTY) / total for count in counts]


def _walk(value: object, keys: list[str]) -> Iterator[Any]:
    if not keys:
        yield value
        return
    key, *rest = keys
    for below in _below(value, key):
        yield from _walk(below, rest)


def _below(value: object, key: str) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values()) if key == "*" else [value[key]] if key in value else []
    return list(value) if isinstance(value, list) and key == "*" else []
