"""Where lines of text lie on a page: which way up they are, and in which order they are read.

Angles are in degrees, clockwise as seen on the picture, whose y axis points down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Quad = NDArray[np.float32]
"""Shape (4, 2): the corners of a rectangle in pixels (x, y), from the text's top left, clockwise."""

TELLING_RATIO = 2.0
"""A line so many times as long as it is high is turned as it looks; a shorter one may be a letter."""
CLOSE_RATIO = 2.0
"""The gap between two parts of a line, by its height."""


@dataclass(frozen=True)
class TextLine:
    """A line that was read."""

    text: str
    confidence: float
    quad: Quad


def size(quad: Quad) -> tuple[float, float]:
    """Length along the text, and height."""
    return float(np.hypot(*(quad[1] - quad[0]))), float(np.hypot(*(quad[3] - quad[0])))


def elongation(quad: Quad) -> float:
    """Longer side to shorter."""
    sides = size(quad)
    return max(sides) / max(min(sides), 1e-6)


def direction(quad: Quad) -> float:
    """Of its first side, from -180 to 180."""
    x, y = quad[1] - quad[0]
    return float(np.degrees(np.arctan2(y, x)))


def page_direction(quads: Sequence[Quad]) -> float:
    """The direction, from -90 to 90, in which most of the text lies; which end is up is not known.

    The weighted median of the longer sides: a diagonal stamp does not move it.
    """
    long = [quad for quad in quads if elongation(quad) >= TELLING_RATIO] or quads
    turns = np.array([direction(along(quad)) for quad in long])
    weights = np.array([max(size(quad)) for quad in long])
    apart = np.abs((turns[:, None] - turns[None, :] + 90) % 180 - 90)
    return float(turns[np.argmin(apart @ weights)])


def along(quad: Quad, towards: float | None = None) -> Quad:
    """The same rectangle, its first side the one that lies nearest to direction `towards`.

    Without it, one of the longer sides, from -90 to 90.
    """
    turned = [np.roll(quad, -corner, axis=0) for corner in range(4)]
    if towards is None:
        return max(turned, key=lambda one: (round(size(one)[0], 3), -90 < direction(one) <= 90))
    return min(turned, key=lambda one: abs((direction(one) - towards + 180) % 360 - 180))


def rows(quads: Sequence[Quad], towards: float) -> list[list[int]]:
    """Indices of `quads` row by row from the top of a page turned `towards`, each row from the left.

    A quad belongs to the row whose last quad its middle lies beside.
    """
    angle = np.radians(-towards)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centres = [turn @ quad.mean(axis=0) for quad in quads]
    found: list[list[int]] = []
    for index in sorted(range(len(quads)), key=lambda one: float(centres[one][1])):
        last = found[-1][-1] if found else None
        if last is not None and centres[index][1] - centres[last][1] < size(quads[last])[1] / 2:
            found[-1].append(index)
        else:
            found.append([index])
    return [sorted(row, key=lambda one: float(centres[one][0])) for row in found]


def in_order(lines: Sequence[TextLine], towards: float) -> list[TextLine]:
    """As they are read on a page turned `towards`."""
    return [lines[index] for row in rows([line.quad for line in lines], towards) for index in row]


def joined(lines: Sequence[TextLine], towards: float) -> list[str]:
    """Texts in order, those that stand close together in one row as one: a detector splits long lines."""
    texts: list[str] = []
    before: Quad | None = None
    for line in in_order(lines, towards):
        if before is not None and _follows(before, line.quad):
            texts[-1] += line.text
        else:
            texts.append(line.text)
        before = line.quad
    return texts


def _follows(before: Quad, quad: Quad) -> bool:
    """Whether the gap is at most twice the height, and the line goes straight on."""
    step = quad[0] - before[1]
    return float(np.hypot(*step)) <= CLOSE_RATIO * min(size(before)[1], size(quad)[1])
