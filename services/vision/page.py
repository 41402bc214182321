"""Reads a page of an identity document: the machine-readable zone first, the rest where none is valid.

Recognition costs time by the length of what is read, so the most elongated lines come first, and once they
hold a zone whose check digits are right nothing else is read. A page may be turned any way. Where no valid
zone was found, it is looked at again: turned upright and cropped to its text, or by a quarter turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import cv2
import numpy as np

from services.core.images import RGB
from services.core.mrz import Mrz, find_mrz, is_zone_line
from services.core.mrz_layouts import FILLER
from services.core.stopwatch import Stopwatch
from services.core.text_lines import Quad, TextLine, along, elongation, in_order, joined, page_direction
from services.vision.ocr import LONGEST_SIDE_PX, TextDetector, TextRecogniser

FIRST_LINES = 3
"""So many tell which end of a page is up."""
SURE_RATIO = 0.95
"""Mean confidence of lines that are the right way up; upside down they reach 0.93."""
LEGIBLE_RATIO = 0.5
"""Confidence below which a line is noise."""
CLEAR_RATIO = 0.8
"""Mean confidence of a page that is no longer legible when it is looked at from another side."""
ZONE_ELONGATION = 8.0
"""A zone's lines are 18 to 33 times as long as high; half of one that was split still is this."""
MOST_HEIGHTS = 2_000
"""All lines together may be so many times as long as high, which takes 10 s on one CPU: a page full of small
print is half of it, and what is more is left unread."""
SKEWED_DEGREES = 2.0
SMALL_RATIO = 0.6
"""Of the picture's longest side is a page whose text is too small for the detector."""
MARGIN_RATIO = 0.05
MOST_PX = 1920
"""Longest side of a page turned upright, whose corners may lie far outside the picture."""

Reader = Callable[[Quad], TextLine]


@dataclass(frozen=True)
class Page:
    """What was read."""

    lines: list[TextLine]
    """In reading order, those that are legible; quads in pixels of the picture."""
    towards: float
    """The direction of the text in degrees, clockwise: 0 is upright."""
    mrz: Mrz | None
    complete: bool
    """Whether every line was read: not so once a valid zone was found, or where there are too many."""


class PageReader:
    """Not thread-safe. Raises WeightsError when built without the pinned weights."""

    def __init__(self, threads: int) -> None:
        self._detector = TextDetector(threads)
        self._recogniser = TextRecogniser(threads)

    def warm_up(self) -> None:
        """Run both networks on a blank page."""
        blank = np.full((LONGEST_SIDE_PX // 2, LONGEST_SIDE_PX, 3), 255, np.uint8)
        self._detector.detect(blank)
        self._recogniser.read(blank, np.array([[0, 0], [600, 0], [600, 20], [0, 20]], np.float32))

    def read(self, bgr: RGB, today: date, watch: Stopwatch) -> Page:
        """Read a picture; a page without lines has none that are legible."""
        page = self._scan(bgr, today, watch)
        if not page.lines or _valid(page.mrz):
            return page
        for picture in _closer(bgr, page):
            again = self._scan(picture, today, watch, ZONE_ELONGATION)
            if again.mrz and (_valid(again.mrz) or not page.mrz):
                return Page(page.lines, page.towards, again.mrz, page.complete)
        return page

    def _scan(self, bgr: RGB, today: date, watch: Stopwatch, elongated: float = 0.0) -> Page:
        """Read lines at least so `elongated`, until a valid zone is found."""
        found = [quad for quad in self._detector.detect(bgr) if elongation(quad) >= elongated]
        watch.lap("detect")
        page = self._page(bgr, sorted(found, key=elongation, reverse=True), today)
        watch.lap("recognise")
        return page

    def _page(self, bgr: RGB, quads: Sequence[Quad], today: date) -> Page:
        if not quads:
            return Page([], 0.0, None, complete=True)
        towards, lines = _upright(lambda quad: self._recogniser.read(bgr, quad), quads)
        mrz = find_mrz(joined(lines, towards), today)
        for quad in _affordable(quads)[len(lines) :]:
            if _valid(mrz):
                break
            lines.append(self._recogniser.read(bgr, along(quad, towards)))
            if is_zone_line(lines[-1].text):
                mrz = find_mrz(joined(lines, towards), today)
        legible = [line for line in lines if line.confidence >= LEGIBLE_RATIO and line.text.strip()]
        return Page(in_order(legible, towards), towards, mrz, complete=len(lines) == len(quads))


def _affordable(quads: Sequence[Quad]) -> Sequence[Quad]:
    return quads[: int(np.searchsorted(np.cumsum([elongation(quad) for quad in quads]), MOST_HEIGHTS)) + 1]


def _valid(mrz: Mrz | None) -> bool:
    return mrz is not None and mrz.valid


def _upright(read: Reader, quads: Sequence[Quad]) -> tuple[float, list[TextLine]]:
    """The direction of the text, and the first lines read in it."""
    towards = page_direction(quads)
    ahead: list[TextLine] = []
    for quad in quads[:FIRST_LINES]:
        ahead.append(read(along(quad, towards)))
        if _of_zone(ahead[-1]):
            return towards, ahead
    if _clarity(ahead) >= SURE_RATIO:
        return towards, ahead
    back = [read(along(quad, towards + 180)) for quad in quads[:FIRST_LINES]]
    if any(map(_of_zone, back)) or _clarity(back) > _clarity(ahead):
        return (towards + 360) % 360 - 180, back
    return towards, ahead


def _of_zone(line: TextLine) -> bool:
    """Whether it is one beyond doubt: upside down, its fillers point the other way."""
    return FILLER * 2 in line.text and is_zone_line(line.text) and line.confidence >= CLEAR_RATIO


def _clarity(lines: Sequence[TextLine]) -> float:
    return float(np.mean([line.confidence for line in lines])) if lines else 0.0


def _closer(bgr: RGB, page: Page) -> Iterator[RGB]:
    """Upright where it is skewed, small, or shows something of a zone; turned where it is not clear."""
    points = np.concatenate([line.quad for line in page.lines])
    _, sides, _ = cv2.minAreaRect(points)
    skewed = abs((page.towards + 45) % 90 - 45) > SKEWED_DEGREES
    small = max(sides) < SMALL_RATIO * max(bgr.shape[:2])
    if skewed or small or any(is_zone_line(line.text) for line in page.lines):
        yield _straight(bgr, points, page.towards)
    if _clarity(page.lines) < CLEAR_RATIO:
        yield np.ascontiguousarray(np.rot90(bgr))


def _straight(bgr: RGB, points: Quad, towards: float) -> RGB:
    """The part of the picture that holds `points`, turned upright, at least as large as the detector's."""
    turn = cv2.getRotationMatrix2D((0, 0), towards, 1.0)
    turned = points @ turn[:, :2].T
    margin = MARGIN_RATIO * float(np.ptp(turned, axis=0).max())
    low, high = turned.min(axis=0) - margin, turned.max(axis=0) + margin
    scale = float(np.clip(1.0, LONGEST_SIDE_PX / (high - low).max(), MOST_PX / (high - low).max()))
    turn[:, 2] = -low
    width, height = (int(side) for side in np.ceil((high - low) * scale))
    straight = cv2.warpAffine(
        bgr, turn * scale, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(straight, np.uint8)
