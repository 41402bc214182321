"""The five kinds of machine-readable zone (ICAO Doc 9303, 8th edition, parts 4 to 7), as columns.

A layout says where each data element stands, what may stand there, and which digit checks it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

FILLER = "<"
WEIGHTS = (7, 3, 1)

Lines = tuple[str, ...]
"""A zone's lines, from the top."""
Kind = Literal["TD1", "TD2", "TD3", "MRV-A", "MRV-B"]


LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ") | {FILLER}
DIGITS = frozenset("0123456789") | {FILLER}


class Charset(Enum):
    """What may stand in a data element; fillers always may."""

    LETTERS = "letters"
    DIGITS = "digits"
    CODE = "a letter, then anything: some states number their kinds of document"
    ANY = "anything"

    def allows(self, text: str) -> bool:
        """Whether `text` may stand there."""
        if self is Charset.CODE:
            return LETTERS.issuperset(text[:1]) and (LETTERS | DIGITS).issuperset(text)
        allowed = {Charset.LETTERS: LETTERS, Charset.DIGITS: DIGITS}.get(self, LETTERS | DIGITS)
        return allowed.issuperset(text)


@dataclass(frozen=True)
class Span:
    """Columns `start` to `end`, both from 0 and the end not included, of a line."""

    line: int
    start: int
    end: int

    def of(self, lines: Lines) -> str:
        """What stands there."""
        return lines[self.line][self.start : self.end]


@dataclass(frozen=True)
class Element:
    """A data element, and where its check digit stands, if it has one of its own."""

    name: str
    span: Span
    charset: Charset
    digit: Span | None = None


@dataclass(frozen=True)
class Layout:
    """One kind of machine-readable zone."""

    kind: Kind
    width: int
    elements: tuple[Element, ...]
    composite: tuple[Span, ...] = ()
    """What the composite check digit covers, in order; the digit is the last character of line 2."""
    long_number: Span | None = None
    """Where a document number of more than nine characters goes on."""

    @property
    def height(self) -> int:
        """Number of lines."""
        return 1 + max(element.span.line for element in self.elements)

    @property
    def names_line(self) -> int:
        """The line that ends with the names."""
        return next(element.span.line for element in self.elements if element.name == "names")

    @property
    def composite_digit(self) -> Span:
        """Where the composite check digit stands."""
        return Span(1, self.width - 1, self.width)


def check_digit(text: str) -> str | None:
    """The check digit of `text`, by part 3 of Doc 9303; None when a character has no value there."""
    if not Charset.ANY.allows(text):
        return None
    values = (0 if one == FILLER else int(one, 36) for one in text)
    return str(sum(value * WEIGHTS[i % 3] for i, value in enumerate(values)) % 10)


def holds(text: str, digit: str) -> bool:
    """Whether `digit` is the check digit of `text`; that of an empty element may be left out."""
    return digit == check_digit(text) or (digit == FILLER and not text.strip(FILLER))


def _element(name: str, line: int, columns: tuple[int, int], charset: Charset, *, checked: bool) -> Element:
    digit = Span(line, columns[1], columns[1] + 1) if checked else None
    return Element(name, Span(line, *columns), charset, digit)


def _dated(line: int, birth: int, expiry: int, nationality: int) -> tuple[Element, ...]:
    """The elements that every kind has, at these columns."""
    return (
        _element("nationality", line, (nationality, nationality + 3), Charset.LETTERS, checked=False),
        _element("date_of_birth", line, (birth, birth + 6), Charset.DIGITS, checked=True),
        _element("sex", line, (birth + 7, birth + 8), Charset.LETTERS, checked=False),
        _element("date_of_expiry", line, (expiry, expiry + 6), Charset.DIGITS, checked=True),
    )


_HEAD = (
    _element("document_type", 0, (0, 2), Charset.CODE, checked=False),
    _element("issuing_state", 0, (2, 5), Charset.LETTERS, checked=False),
)


def _two_lines(kind: Kind, width: int, optional: tuple[int, int], *, checked: bool = False) -> Layout:
    elements = (
        *_HEAD,
        _element("names", 0, (5, width), Charset.LETTERS, checked=False),
        _element("document_number", 1, (0, 9), Charset.ANY, checked=True),
        *_dated(1, birth=13, expiry=21, nationality=10),
        _element("optional_data", 1, optional, Charset.ANY, checked=checked),
    )
    if kind.startswith("MRV"):
        return Layout(kind, width, elements)
    covered = (Span(1, 0, 10), Span(1, 13, 20), Span(1, 21, width - 1))
    return Layout(kind, width, elements, covered, Span(1, *optional) if kind == "TD2" else None)


TD1 = Layout(
    "TD1",
    30,
    (
        *_HEAD,
        _element("document_number", 0, (5, 14), Charset.ANY, checked=True),
        _element("optional_data", 0, (15, 30), Charset.ANY, checked=False),
        *_dated(1, birth=0, expiry=8, nationality=15),
        _element("optional_data_2", 1, (18, 29), Charset.ANY, checked=False),
        _element("names", 2, (0, 30), Charset.LETTERS, checked=False),
    ),
    (Span(0, 5, 30), Span(1, 0, 7), Span(1, 8, 15), Span(1, 18, 29)),
    Span(0, 15, 30),
)
TD2 = _two_lines("TD2", 36, (28, 35))
TD3 = _two_lines("TD3", 44, (28, 42), checked=True)
MRV_A = _two_lines("MRV-A", 44, (28, 44))
MRV_B = _two_lines("MRV-B", 36, (28, 36))

LAYOUTS = (TD1, TD2, TD3, MRV_A, MRV_B)


def layouts_for(first_line: str) -> list[Layout]:
    """Those that a zone with this first line may have: only a visa's begins with V."""
    visa = first_line.startswith("V")
    return [layout for layout in LAYOUTS if layout.kind.startswith("MRV") == visa]
