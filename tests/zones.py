"""Machine-readable zones made for tests, by a reading of ICAO Doc 9303 that shares no code with ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from string import ascii_uppercase, digits

from hypothesis import strategies as st

TODAY = date(2026, 6, 15)

ICAO = {
    "TD3": ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"),
    "TD2": ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"),
    "TD1": (
        "I<UTOD231458907<<<<<<<<<<<<<<<",
        "7408122F1204159UTO<<<<<<<<<<<6",
        "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    ),
    "MRV-A": ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<"),
    "MRV-B": ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<"),
}
"""The specimens that Doc 9303 prints."""
LONG_NUMBER = (
    "I<UTOD23145890<7349<<<<<<<<<<<",
    "3407127M9507122<<<<<<<<<<<<<<2",
    "STEVENSON<<PETER<JOHN<<<<<<<<<",
)
"""Its example of a document number with more than nine characters, in part 11."""


@dataclass(frozen=True)
class Person:
    """What a zone says, before it is written as one."""

    kind: str
    state: str
    number: str
    primary: str
    secondary: str
    nationality: str
    born: str
    sex: str
    expires: str
    optional: str


def digit(text: str) -> str:
    """The check digit: digits count as they are, letters from 10, fillers nothing, times 7, 3, 1, 7, ..."""
    worth = {"<": 0} | {one: number for number, one in enumerate(digits + ascii_uppercase)}
    return str(sum(worth[one] * (7, 3, 1)[place % 3] for place, one in enumerate(text)) % 10)


def written(person: Person) -> tuple[str, ...]:
    """The zone of `person`."""
    return _card(person) if person.kind == "TD1" else _page(person)


def _card(person: Person) -> tuple[str, ...]:
    number, rest = person.number[:9].ljust(9, "<"), person.number[9:]
    told = "<" + rest + digit(person.number) + "<" if rest else digit(number)
    first = f"I<{person.state:<<3}{number}{told}{'' if rest else person.optional}".ljust(30, "<")
    dates = person.born + digit(person.born), person.expires + digit(person.expires)
    second = f"{dates[0]}{person.sex}{dates[1]}{person.nationality:<<3}".ljust(29, "<")
    composite = digit(first[5:] + second[:7] + second[8:15] + second[18:29])
    return first, second + composite, _names(person).ljust(30, "<")[:30]


def _page(person: Person) -> tuple[str, ...]:
    width = 44 if person.kind in {"TD3", "MRV-A"} else 36
    code = {"TD3": "P<", "TD2": "I<"}.get(person.kind, "V<")
    number = person.number[:9].ljust(9, "<")
    second = f"{number}{digit(number)}{person.nationality:<<3}{person.born}{digit(person.born)}{person.sex}"
    second += f"{person.expires}{digit(person.expires)}"
    if person.kind == "TD3":
        second += person.optional.ljust(14, "<") + digit(person.optional.ljust(14, "<"))
    else:
        second += person.optional[: 7 if person.kind == "TD2" else 8]
    if not person.kind.startswith("MRV"):
        second = second.ljust(width - 1, "<")
        second += digit(second[:10] + second[13:20] + second[21:])
    return (code + f"{person.state:<<3}" + _names(person)).ljust(width, "<")[:width], second.ljust(width, "<")


def _names(person: Person) -> str:
    return person.primary.replace(" ", "<") + "<<" + person.secondary.replace(" ", "<")


_letters = st.text(ascii_uppercase, min_size=1, max_size=6)
_name = st.lists(_letters, min_size=1, max_size=2).map(" ".join)
_code = st.one_of(st.text(ascii_uppercase, min_size=3, max_size=3), st.just("D"))
_day = st.dates(date(1930, 1, 1), date(2060, 12, 31)).map(lambda one: one.strftime("%y%m%d"))
_either = st.text(ascii_uppercase + digits, min_size=1, max_size=9)

people = st.builds(
    Person,
    kind=st.sampled_from(sorted(ICAO)),
    state=_code,
    number=_either,
    primary=_name,
    secondary=_name,
    nationality=_code,
    born=_day,
    sex=st.sampled_from("MF<"),
    expires=_day,
    optional=st.text(ascii_uppercase + digits, max_size=7),
)
long_numbers = st.builds(
    lambda person, number: replace(person, kind="TD1", number=number, optional=""),
    people,
    st.text(ascii_uppercase + digits, min_size=10, max_size=20),
)
