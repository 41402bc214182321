"""The machine-readable zone of a travel document (ICAO Doc 9303): found among lines of text, parsed, checked.

All five kinds, with document numbers of more than nine characters. A mistake of the recogniser
(`services.core.mrz_repair`) is undone only where check digits then hold, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

from services.core.mrz_fields import DataElement, read_fields, repaired_fields
from services.core.mrz_layouts import FILLER, Charset, Kind, Layout, Lines, layouts_for
from services.core.mrz_reading import Reading, settle
from services.core.mrz_repair import fitted, fitted_names, latin, tidy

SHORTEST = 12
"""Fewer characters are no line of a zone, even without its last fillers."""
MISCOUNTED = 5
"""So many fillers too few or too many may have been read in a line of data."""
PURE_RATIO = 0.9
"""Of the characters of a zone's line are those of a zone, whatever the recogniser did."""
MOST_ROWS = 20
"""A page has three. The last ones count: a zone is at the bottom."""
FILLERS = "fillers"


@dataclass(frozen=True)
class Mrz:
    """A machine-readable zone."""

    kind: Kind
    lines: Lines
    fields: dict[str, DataElement]
    """By ICAO's terms. Dates are ISO 8601; `sex` is F, M or X; states are as written, `D` for Germany."""
    valid: bool
    """Every check digit holds, the composite one included, and no field is impossible."""
    repaired: tuple[str, ...]
    """Fields that are not as they were read; `composite` is its digit, `fillers` the length of a line."""


def is_zone_line(text: str) -> bool:
    """Whether a recognised line may belong to a zone."""
    line = tidy(text)
    if len(line) < SHORTEST:
        return False
    pure = sum(Charset.ANY.allows(latin(one)) and not one.islower() for one in line)
    telling = FILLER in line or sum(one.isdigit() for one in line) >= len(line) // 3
    return telling and pure >= PURE_RATIO * len(line)


def find_mrz(texts: Sequence[str], today: date) -> Mrz | None:
    """The zone among `texts`, the lines of a page from its top; the most trustworthy of several.

    Fillers may have been miscounted where every check digit holds then. Where some do not, a zone is what has
    two that do, or lines of the right length with dates in the right place.
    """
    rows = [tidy(text) for text in texts if is_zone_line(text)][-MOST_ROWS:]
    found = [one for start in range(len(rows)) for one in _candidates(rows[start:]) if one.plausible]
    if not found:
        return None
    best = max(found, key=lambda one: (one.reading.holds, one.reading.telling, -one.off))
    return _told(best, today)


@dataclass(frozen=True)
class _Candidate:
    read: Lines
    """Of the right length, otherwise as they were read."""
    reading: Reading
    off: int
    """By how many characters its lines were too long or too short together."""

    @property
    def plausible(self) -> bool:
        reading = self.reading
        return reading.holds or reading.telling >= 2 or (self.off == 0 and reading.dated)


def _candidates(rows: Sequence[str]) -> Iterator[_Candidate]:
    """Every way to take the first of `rows` as a zone."""
    for layout in layouts_for(latin(rows[0])):
        raw = rows[: layout.height]
        if len(raw) < layout.height or _misfit(layout, raw):
            continue
        off = sum(abs(len(one) - layout.width) for one in raw)
        ways = [_ways(layout, number, text) for number, text in enumerate(raw)]
        fitting = [_Candidate(lines, settle(layout, lines), off) for lines in product(*ways)]
        yield from (one for one in fitting if one.reading.holds)
        as_read = tuple(one[: layout.width].ljust(layout.width, FILLER) for one in raw)
        yield _Candidate(as_read, settle(layout, as_read), off)


def _misfit(layout: Layout, raw: Sequence[str]) -> bool:
    names = raw[layout.names_line]
    data = [one for number, one in enumerate(raw) if number != layout.names_line]
    miscounted = max(abs(len(one) - layout.width) for one in data)
    return miscounted > MISCOUNTED or FILLER not in names or len(names.rstrip(FILLER)) > layout.width


def _ways(layout: Layout, number: int, text: str) -> list[str]:
    if number == layout.names_line:
        return [fitted_names(text, layout.width)]
    return list(fitted(text, layout.width))


def _told(best: _Candidate, today: date) -> Mrz:
    reading = best.reading
    fields = read_fields(reading, today)
    valid = reading.holds and not any(field.valid is False for field in fields.values())
    repaired = repaired_fields(reading, best.read) + ([FILLERS] if best.off and reading.holds else [])
    return Mrz(reading.layout.kind, reading.lines, fields, valid, tuple(repaired))
