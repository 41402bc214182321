"""Lines of text taken as one kind of machine-readable zone: what its check digits say and allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.core.mrz_layouts import FILLER, Charset, Element, Layout, Lines, Span, holds
from services.core.mrz_repair import meant

COMPOSITE = "composite"


@dataclass(frozen=True)
class Checked:
    """Text and the digit that checks it."""

    name: str
    charset: Charset
    spans: tuple[Span, ...]
    digit: Span

    def text(self, lines: Lines) -> str:
        """What is checked."""
        return "".join(span.of(lines) for span in self.spans)

    def holds(self, lines: Lines) -> bool:
        """Whether its digit is right."""
        return holds(self.text(lines), self.digit.of(lines))


@dataclass(frozen=True)
class Reading:
    """A zone with every repair that its check digits allow."""

    layout: Layout
    lines: Lines
    held: dict[str, bool]
    """By element, and for the composite where the kind has one: whether the check digit holds."""
    repaired: tuple[str, ...]
    """Names of those that are not as they were read."""

    @property
    def holds(self) -> bool:
        """Whether every check digit does."""
        return all(self.held.values())

    @property
    def telling(self) -> int:
        """How many check digits of something hold."""
        checks = _checks(self.layout, self.lines)
        return sum(self.held[one.name] and one.text(self.lines).strip(FILLER) != "" for one in checks)

    @property
    def dated(self) -> bool:
        """Whether there are six digits where each date is."""
        dates = (one.span for one in self.layout.elements if one.charset is Charset.DIGITS)
        return all(span.of(self.lines).isdigit() for span in dates)


def settle(layout: Layout, read: Lines) -> Reading:
    """Take `read`, of the layout's height and width, as that kind.

    An element with a check digit of its own is repaired where that holds then, all others where every check
    digit of the zone does.
    """
    lines = read
    for element in layout.elements:
        if checked := checked_element(layout, element, lines):
            lines = next((one for one in _repairs(lines, checked) if checked.holds(one)), lines)
    rest = _rest_meant(layout, lines)
    if all(checked.holds(rest) for checked in _checks(layout, rest)):
        lines = rest
    held = {one.name: one.holds(lines) for one in _checks(layout, lines)}
    return Reading(layout, lines, held, _changed(layout, read, lines))


def checked_element(layout: Layout, element: Element, lines: Lines) -> Checked | None:
    """What the element's own check digit covers; None when it has none.

    A document number may have more than nine characters: then a filler stands for the digit, and the rest
    and the digit are the beginning of the optional data (Doc 9303, parts 5 and 6).
    """
    more, digit = layout.long_number, element.digit
    if digit is None:
        return None
    if more and element.name == "document_number" and digit.of(lines) == FILLER:
        rest = more.of(lines).split(FILLER)[0]
        end = more.start + len(rest)
        if FILLER not in element.span.of(lines) and len(rest) >= 2:
            spans = (element.span, Span(more.line, more.start, end - 1))
            return Checked(element.name, element.charset, spans, Span(more.line, end - 1, end))
    return Checked(element.name, element.charset, (element.span,), digit)


def _checks(layout: Layout, lines: Lines) -> Iterator[Checked]:
    for element in layout.elements:
        if checked := checked_element(layout, element, lines):
            yield checked
    if layout.composite:
        yield Checked(COMPOSITE, Charset.ANY, layout.composite, layout.composite_digit)


def _repairs(lines: Lines, checked: Checked) -> Iterator[Lines]:
    """As it was read first, then the digit, the text and both as they may have been meant."""
    text = lines
    for span in checked.spans:
        text = _replaced(text, span, meant(span.of(lines), checked.charset))
    digit = meant(checked.digit.of(lines), Charset.DIGITS)
    yield lines
    yield _replaced(lines, checked.digit, digit)
    yield text
    yield _replaced(text, checked.digit, digit)


def _rest_meant(layout: Layout, lines: Lines) -> Lines:
    """Everything that has no check digit of its own as it may have been meant, and the composite one."""
    rest = [(one.span, one.charset) for one in layout.elements if one.digit is None]
    if layout.composite:
        rest.append((layout.composite_digit, Charset.DIGITS))
    for span, charset in rest:
        lines = _replaced(lines, span, meant(span.of(lines), charset))
    return lines


def _replaced(lines: Lines, span: Span, text: str) -> Lines:
    line = lines[span.line]
    changed = line[: span.start] + text + line[span.end :]
    return (*lines[: span.line], changed, *lines[span.line + 1 :])


def _changed(layout: Layout, read: Lines, lines: Lines) -> tuple[str, ...]:
    places = [(one.name, [one.span, *([one.digit] if one.digit else [])]) for one in layout.elements]
    if layout.composite:
        places.append((COMPOSITE, [layout.composite_digit]))
    return tuple(name for name, spans in places if any(one.of(read) != one.of(lines) for one in spans))
