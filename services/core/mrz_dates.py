"""Dates of a machine-readable zone, YYMMDD without a century, as ISO 8601.

What is unknown is written as fillers (ICAO Doc 9303 part 3) and left out here: no day gives
`1974-08`, no month `1974`, no year None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

UNKNOWN = "<<"
EXPIRED_YEARS = 50
"""An expiry date is looked for from so many years back up to the rest of a century ahead."""


class ImpossibleDate(ValueError):
    """There is no such day, or none that fits."""


def birth_date(text: str, today: date) -> str | None:
    """The latest such date that is not in the future.

    Raises ImpossibleDate.
    """
    return _latest(text, range(today.year, today.year - 101, -1), not_after=today)


def expiry_date(text: str, today: date) -> str | None:
    """The one such date from 50 years ago to 49 years ahead, by its year.

    Raises ImpossibleDate.
    """
    first = today.year - EXPIRED_YEARS
    return _latest(text, range(first, first + 100), not_after=date.max)


def _latest(text: str, years: Iterable[int], not_after: date) -> str | None:
    year, month, day = text[:2], text[2:4], text[4:]
    if not re.fullmatch("[0-9<]{6}", text):
        raise ImpossibleDate(text)
    if year == UNKNOWN:
        return None
    for candidate in years:
        if f"{candidate % 100:02}" == year and _first_day(candidate, month, day) <= not_after:
            known = [str(candidate)] + ([month] if month != UNKNOWN else [])
            return "-".join(known + ([day] if UNKNOWN not in (month, day) else []))
    raise ImpossibleDate(text)


def _first_day(year: int, month: str, day: str) -> date:
    try:
        return date(year, *(1 if part == UNKNOWN else int(part) for part in (month, day)))
    except ValueError as error:
        raise ImpossibleDate from error
