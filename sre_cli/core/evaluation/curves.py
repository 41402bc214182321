"""How well scores tell two kinds apart, at every threshold. A score counts as accepted from a threshold on.

`wanted` are the scores of what should be accepted (pairs of one person, live faces), `unwanted` the others.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple


class Point(NamedTuple):
    """What a threshold does: the shares that are accepted."""

    threshold: float
    far: float
    """Of the unwanted."""
    tar: float
    """Of the wanted."""


def roc(wanted: Sequence[float], unwanted: Sequence[float]) -> list[Point]:
    """A point for every score that was seen, the strictest first, after one that accepts nothing.

    Raises ValueError: without scores of both kinds.
    """
    good, bad = _sorted(wanted, unwanted)
    points = [Point(float("inf"), 0.0, 0.0)]
    for threshold in sorted({*good, *bad}, reverse=True):
        points.append(Point(threshold, _from(bad, threshold), _from(good, threshold)))
    return points


def auc(wanted: Sequence[float], unwanted: Sequence[float]) -> float:
    """The area under the curve: how often a wanted one scores higher than an unwanted one, ties being half.

    H. B. Mann, D. R. Whitney, 1947; J. A. Hanley, B. J. McNeil, 1982. Raises ValueError as `roc` does.
    """
    good, bad = _sorted(wanted, unwanted)
    halves = sum(bisect_left(bad, score) + bisect_right(bad, score) for score in good)
    return halves / 2 / (len(good) * len(bad))


def eer(wanted: Sequence[float], unwanted: Sequence[float]) -> Point:
    """The point where both rates of mistakes are closest, the strictest of several.

    The equal error rate is the mean of the two there (ISO/IEC 19795-1). Raises ValueError as `roc` does.
    """
    return min(roc(wanted, unwanted), key=lambda point: abs(point.far - (1 - point.tar)))


def tar_at_far(wanted: Sequence[float], unwanted: Sequence[float], far: float) -> int:
    """How many wanted ones are accepted where no more than `far` of the unwanted are.

    Raises ValueError as `roc` does.
    """
    good, bad = _sorted(wanted, unwanted)
    allowed = int(far * len(bad) + 1e-9)
    if allowed >= len(bad):
        return len(good)
    strictest_refused = bad[len(bad) - 1 - allowed]
    return len(good) - bisect_right(good, strictest_refused)


def _sorted(wanted: Sequence[float], unwanted: Sequence[float]) -> tuple[list[float], list[float]]:
    if not wanted or not unwanted:
        raise ValueError("a curve needs scores of both kinds")
    return sorted(wanted), sorted(unwanted)


def _from(ordered: Sequence[float], threshold: float) -> float:
    return (len(ordered) - bisect_left(ordered, threshold)) / len(ordered)
