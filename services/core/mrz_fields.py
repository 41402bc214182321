"""A machine-readable zone's data elements as a person reads them."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from services.core.mrz_dates import ImpossibleDate, birth_date, expiry_date
from services.core.mrz_layouts import FILLER, Charset, Element, Lines
from services.core.mrz_reading import COMPOSITE, Reading, checked_element

NAMES = ("primary_identifier", "secondary_identifier")
SEXES = {"F": "F", "M": "M", "X": "X", FILLER: "X"}
"""A filler is what a zone holds where the page shows X."""


class DataElement(BaseModel):
    """A data element, without the fillers at its ends."""

    model_config = ConfigDict(frozen=True)

    value: str | None = Field(description="null when it is empty, or an unknown or impossible date")
    valid: bool | None = Field(
        description="Whether its check digit holds; false as well when it holds what cannot stand there, "
        "null when no check digit says anything about it"
    )


def read_fields(reading: Reading, today: date) -> dict[str, DataElement]:
    """By ICAO's terms, in the zone's order."""
    fields: dict[str, DataElement] = {}
    for element in reading.layout.elements:
        text = _text(element, reading)
        valid = _validity(element, text, reading)
        if element.name == "names":
            fields |= {name: _told(value, valid) for name, value in split_names(text).items()}
        elif element.charset is Charset.DIGITS:
            fields[element.name] = _date(element.name, text, valid, today)
        elif element.name == "sex":
            fields["sex"] = _told(SEXES.get(text), valid if text in SEXES else False)
        else:
            fields[element.name] = _told(text.strip(FILLER) or None, valid)
    return fields


def split_names(text: str) -> dict[str, str | None]:
    """The primary identifier ends at two fillers; one filler is a space."""
    parts = text.partition(FILLER * 2)[::2]
    spaced = (" ".join(part.replace(FILLER, " ").split()) for part in parts)
    return {name: value or None for name, value in zip(NAMES, spaced, strict=True)}


def repaired_fields(reading: Reading, read: Lines) -> list[str]:
    """Names of the fields, and of check digits, that are not as in `read`."""
    names = next(element.span for element in reading.layout.elements if element.name == "names")
    before, after = split_names(names.of(read)), split_names(names.of(reading.lines))
    found: list[str] = []
    for name in reading.repaired:
        found += [one for one in NAMES if before[one] != after[one]] if name == "names" else [name]
    return found


def _text(element: Element, reading: Reading) -> str:
    """A long document number whole, and optional data without the end of one."""
    whole = next(one for one in reading.layout.elements if one.name == "document_number")
    number = checked_element(reading.layout, whole, reading.lines)
    if number and element.name == number.name:
        return number.text(reading.lines)
    text = element.span.of(reading.lines)
    if number and element.span == reading.layout.long_number and len(number.spans) > 1:
        return text[number.digit.end - element.span.start :]
    return text


def _validity(element: Element, text: str, reading: Reading) -> bool | None:
    if not element.charset.allows(text):
        return False
    if element.charset is Charset.ANY and not element.digit:
        return reading.held.get(COMPOSITE) or None
    return reading.held.get(element.name)


def _date(name: str, text: str, valid: bool | None, today: date) -> DataElement:
    try:
        return _told((birth_date if name == "date_of_birth" else expiry_date)(text, today), valid)
    except ImpossibleDate:
        return _told(None, False)


def _told(value: str | None, valid: bool | None) -> DataElement:
    return DataElement(value=value, valid=valid)
