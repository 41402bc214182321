"""Percentiles of a sample and how far they can be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate


def percentile(ordered: Sequence[float], q: float) -> float:
    """The nearest-rank percentile: the smallest value with at least a share `q` at or below it.

    Definition 1 of Hyndman and Fan, Sample Quantiles in Statistical Packages (1996). It returns a
    value that was observed and, unlike interpolation, stays defined when the tail is infinite.
    """
    return ordered[_rank(len(ordered), q) - 1]


def percentile_interval(ordered: Sequence[float], q: float, confidence: float = 0.95) -> tuple[float, float]:
    """Order statistics that enclose the true percentile with at least `confidence`.

    The number of values below the true percentile is binomial(n, q), whatever the distribution
    (Hahn and Meeker, Statistical Intervals, 5.2). A side that n is too small to bound is 0 or
    infinite: below 72 values p95 has no upper bound at 95 %. The values count as independent;
    latencies of one queue are not quite, so the interval is a little optimistic.
    """
    tail = (1 - confidence) / 2
    below = list(accumulate(_binomial(len(ordered), q)))
    low = sum(1 for share in below if share <= tail)
    high = 1 + sum(1 for share in below if share < 1 - tail)
    return ordered[low - 1] if low else 0.0, ordered[high - 1] if high <= len(ordered) else math.inf


def _rank(count: int, q: float) -> int:
    # The slack undoes what binary fractions add: 0.95 * 100 must be rank 95.
    return min(count, max(1, math.ceil(q * count - 1e-9)))


def _binomial(n: int, q: float) -> list[float]:
    """Probabilities of 0..n successes, in logarithms because n may be large."""
    return [
        math.exp(
            math.lgamma(n + 1)
            - math.lgamma(k + 1)
            - math.lgamma(n - k + 1)
            + k * math.log(q)
            + (n - k) * math.log1p(-q)
        )
        for k in range(n + 1)
    ]
