"""Two versions on the same items: how much worse the second can be, as far as the items tell.

`b` items only the candidate got wrong, `c` only the reference, of `n`: their rates differ by (b - c) / n.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from sre_cli.specs.evaluation import Count

Z_ONE_SIDED = 1.6448536269514722
"""Quantile of the normal distribution: 5 % lie above."""
STEPS = 60
"""Of a bisection: more than a float has bits."""
RESAMPLES = 2_000
SEED = 1


def mcnemar(b: int, c: int) -> float:
    """How likely so many more mistakes of the candidate are when both versions are equally good.

    Exact and one-sided: P(X >= b) for X binomial with b + c trials of 1/2 (Q. McNemar, 1947).
    """
    trials = b + c
    return float(sum(math.comb(trials, k) for k in range(b, trials + 1)) / 2**trials)


def score_z(b: int, c: int, n: int, margin: float) -> float:
    """How many standard errors the difference lies from `margin`, below it being negative.

    T. Tango: Equivalence test and confidence interval for the difference in proportions for the paired-sample
    design, 1998. The error is that of the likeliest rates whose difference is `margin`.
    """
    missing = b - c - n * margin
    variance = n * (2 * likeliest(b, c, n, margin) + margin * (1 - margin))
    return missing / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, missing or 1)


def likeliest(b: int, c: int, n: int, margin: float) -> float:
    """The likeliest rate of c-items where that of b-items is higher by `margin`, from 0 to 1."""
    linear = b * (1 + margin) + c * (1 - margin) - 2 * n * margin
    return (linear + math.sqrt(linear**2 + 8 * n * c * margin * (1 - margin))) / (4 * n)


def upper_bound(b: int, c: int, n: int) -> float:
    """The difference of the rates is below this with 95 % confidence: where `score_z` is that far below 0."""
    low, high = max(0.0, (b - c) / n), 1.0
    if score_z(b, c, n, low) < -Z_ONE_SIDED:
        return low
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if score_z(b, c, n, middle) < -Z_ONE_SIDED else (middle, high)
    return high


def least_overlap(candidate: Count, reference: Count) -> tuple[int, int]:
    """b and c where only totals are known: as few shared mistakes as can be, which is the widest interval."""
    shared = max(0, candidate.events + reference.events - candidate.total)
    return candidate.events - shared, reference.events - shared


def bootstrap(candidate: Sequence[Count], reference: Sequence[Count]) -> tuple[float, float]:
    """The 5 % and 95 % quantiles of the difference of two error rates over the same items.

    Items are drawn with replacement, each with all its characters, which are not independent of each other
    (B. Efron, R. Tibshirani: An Introduction to the Bootstrap, 1993; M. Bisani, H. Ney, 2004, of error
    rates).
    """
    pairs = list(zip(candidate, reference, strict=True))
    random = Random(SEED)  # noqa: S311  # no secret: the same items give the same answer
    drawn = sorted(_difference(random.choices(pairs, k=len(pairs))) for _ in range(RESAMPLES))
    return drawn[RESAMPLES // 20], drawn[RESAMPLES - 1 - RESAMPLES // 20]


def _difference(pairs: Sequence[tuple[Count, Count]]) -> float:
    return _rate([one for one, _ in pairs]) - _rate([other for _, other in pairs])


def _rate(counts: Sequence[Count]) -> float:
    return sum(one.events for one in counts) / max(1, sum(one.total for one in counts))
