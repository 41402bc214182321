"""Machine-readable zones: found, parsed, checked, and repaired no further than check digits allow."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.mrz import Mrz, find_mrz, is_zone_line
from services.core.mrz_layouts import LAYOUTS, check_digit
from tests.zones import ICAO, LONG_NUMBER, TODAY, Person, digit, long_numbers, people, written

PASSPORT = ICAO["TD3"]


def found(*lines: str) -> Mrz:
    mrz = find_mrz(lines, TODAY)
    assert mrz is not None
    return mrz


def values(mrz: Mrz) -> dict[str, str | None]:
    return {name: field.value for name, field in mrz.fields.items()}


def damaged(lines: tuple[str, ...], line: int, column: int, to: str) -> tuple[str, ...]:
    text = lines[line]
    return (*lines[:line], text[:column] + to + text[column + 1 :], *lines[line + 1 :])


@pytest.mark.parametrize("kind", ICAO)
def test_icaos_own_specimens(kind: str) -> None:
    mrz = found(*ICAO[kind])
    assert (mrz.kind, mrz.valid, mrz.repaired, mrz.lines) == (kind, True, (), ICAO[kind])
    said = values(mrz)
    assert (said["primary_identifier"], said["secondary_identifier"]) == ("ERIKSSON", "ANNA MARIA")
    assert (said["issuing_state"], said["sex"]) == ("UTO", "F")
    assert said["document_type"] == ICAO[kind][0][0]


def test_a_passport_field_by_field() -> None:
    mrz = found(*PASSPORT)
    told = {name: (field.value, field.valid) for name, field in mrz.fields.items()}
    assert told == {
        "document_type": ("P", None),
        "issuing_state": ("UTO", None),
        "primary_identifier": ("ERIKSSON", None),
        "secondary_identifier": ("ANNA MARIA", None),
        "document_number": ("L898902C3", True),
        "nationality": ("UTO", None),
        "date_of_birth": ("1974-08-12", True),
        "sex": ("F", None),
        "date_of_expiry": ("2012-04-15", True),
        "optional_data": ("ZE184226B", True),
    }


def test_a_long_document_number_goes_on_in_the_optional_data() -> None:
    mrz = found(*LONG_NUMBER)
    number = mrz.fields["document_number"]
    assert (mrz.valid, number.value, number.valid) == (True, "D23145890734", True)
    assert mrz.fields["optional_data"].value is None
    assert mrz.fields["date_of_birth"].value == "1934-07-12"


def test_germany_writes_one_letter() -> None:
    zone = written(Person("TD3", "D", "C01X00T47", "MUSTERMANN", "ERIKA", "D", "640812", "F", "270228", ""))
    mrz = found(*zone)
    assert zone[0].startswith("P<D<<MUSTERMANN")
    assert (mrz.fields["issuing_state"].value, mrz.fields["nationality"].value) == ("D", "D")


def test_no_secondary_identifier_and_no_sex() -> None:
    zone = written(Person("TD2", "UTO", "X1", "ARKFREITH", "", "UTO", "740812", "<", "270228", ""))
    said = values(found(*zone))
    assert (said["primary_identifier"], said["secondary_identifier"], said["sex"]) == ("ARKFREITH", None, "X")


@pytest.mark.parametrize("born", ["<<<<<<", "74<<<<", "7408<<"])
def test_an_unknown_date_of_birth_is_valid(born: str) -> None:
    mrz = found(*written(Person("TD1", "UTO", "X1", "A", "B", "UTO", born, "M", "270228", "")))
    assert mrz.valid
    assert mrz.fields["date_of_birth"].value == {"74<<<<": "1974", "7408<<": "1974-08"}.get(born)


def test_a_day_that_does_not_exist_is_not_valid_whatever_its_check_digit() -> None:
    mrz = found(*written(Person("TD3", "UTO", "X1", "A", "B", "UTO", "740230", "M", "270228", "")))
    assert (mrz.fields["date_of_birth"].value, mrz.fields["date_of_birth"].valid) == (None, False)
    assert not mrz.valid


@given(people)
def test_what_was_written_is_read(person: Person) -> None:
    mrz = found(*written(person))
    assert (mrz.kind, mrz.valid, mrz.repaired) == (person.kind, True, ())
    said = values(mrz)
    assert said["document_number"] == person.number
    assert (said["issuing_state"], said["nationality"]) == (person.state, person.nationality)
    assert said["sex"] == person.sex.replace("<", "X")
    assert (said["primary_identifier"], said["secondary_identifier"]) == (person.primary, person.secondary)
    assert (said["optional_data"] or "") == person.optional
    for name, text in (("date_of_birth", person.born), ("date_of_expiry", person.expires)):
        assert (said[name] or "").replace("-", "")[2:] == text


@given(long_numbers)
def test_a_long_number_is_read_whole(person: Person) -> None:
    mrz = found(*written(person))
    dated = all(field.valid for name, field in mrz.fields.items() if "date" in name)
    assert dated
    if len(person.number) < 15:  # with its digit, as many as ICAO leaves room for
        assert (mrz.fields["document_number"].value, mrz.valid) == (person.number, True)


@given(people, st.data())
def test_one_damaged_digit_is_noticed(person: Person, data: st.DataObject) -> None:
    zone = written(person)
    places = [
        (span.line, column)
        for layout in LAYOUTS
        if layout.kind == person.kind
        for element in layout.elements
        if element.digit
        for span in (element.span, element.digit)
        for column in range(span.start, span.end)
        if zone[span.line][column].isdigit()
    ]
    line, column = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from([one for one in "0123456789" if one != zone[line][column]]))
    mrz = find_mrz(damaged(zone, line, column, other), TODAY)
    assert mrz is None or not mrz.valid


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<", max_size=44))
def test_two_implementations_of_the_check_digit_agree(text: str) -> None:
    assert check_digit(text) == digit(text)


def test_other_letters_have_no_check_digit() -> None:
    assert check_digit("ÄB1") is None


def test_letters_among_digits_are_put_right_where_the_check_digit_holds_then() -> None:
    mrz = found(*damaged(damaged(PASSPORT, 1, 15, "O"), 1, 22, "Z"))
    assert (mrz.valid, mrz.repaired) == (True, ("date_of_birth", "date_of_expiry"))
    assert mrz.lines == PASSPORT


def test_letters_among_digits_stay_where_the_check_digit_does_not_hold_then() -> None:
    broken = damaged(PASSPORT, 1, 14, "O")  # for a 4
    mrz = found(*broken)
    assert (mrz.lines, mrz.repaired) == (broken, ())
    assert (mrz.fields["date_of_birth"].value, mrz.fields["date_of_birth"].valid) == (None, False)


def test_zeros_among_letters_are_put_right_where_every_check_digit_holds() -> None:
    read = PASSPORT[0].replace("UTO", "UT0").replace("SON", "S0N"), PASSPORT[1].replace("UTO", "UT0")
    mrz = found(*read)
    assert (mrz.valid, mrz.lines) == (True, PASSPORT)
    assert set(mrz.repaired) == {"issuing_state", "primary_identifier", "nationality"}


def test_nothing_without_a_check_digit_is_changed_where_one_does_not_hold() -> None:
    broken = damaged((PASSPORT[0].replace("UTO", "UT0"), PASSPORT[1]), 1, 0, "X")
    mrz = found(*broken)
    assert (mrz.valid, mrz.repaired, mrz.lines) == (False, (), broken)
    assert (mrz.fields["issuing_state"].value, mrz.fields["issuing_state"].valid) == ("UT0", False)


def test_a_document_number_keeps_its_letters() -> None:
    """O and 0 may both stand there: to try both would mend one wrong digit in ten by chance."""
    zone = written(Person("TD3", "UTO", "AB0123456", "A", "B", "UTO", "740812", "M", "270228", ""))
    mrz = found(*damaged(zone, 1, 2, "O"))
    assert (mrz.valid, mrz.fields["document_number"].valid) == (False, False)
    assert mrz.fields["document_number"].value == "ABO123456"


def test_greek_cyrillic_and_small_letters_are_latin_capitals() -> None:
    read = PASSPORT[0].replace("ERIKSSON", "ЕRІКSЅОΝ").replace("MARIA", "MARiÁ"), PASSPORT[1]  # noqa: RUF001
    mrz = found(*read)
    assert (mrz.valid, mrz.lines) == (True, PASSPORT)
    assert mrz.repaired == ("primary_identifier", "secondary_identifier")


@pytest.mark.parametrize("change", [-3, -1, 1, 4])
@pytest.mark.parametrize("kind", ["TD1", "TD2", "TD3", "MRV-A"])
def test_miscounted_fillers_are_counted_again(kind: str, change: int) -> None:
    lines = list(ICAO[kind])
    number = 1
    run = max(lines[number].split("<"), key=len) and "<<<<<"
    lines[number] = lines[number].replace(run, "<" * (len(run) + change), 1)
    mrz = found(*lines)
    assert (mrz.kind, mrz.valid, mrz.lines) == (kind, True, ICAO[kind])
    assert mrz.repaired == ("fillers",)


def test_the_last_fillers_of_the_names_may_be_lost() -> None:
    mrz = found(PASSPORT[0].rstrip("<"), PASSPORT[1])
    assert (mrz.valid, mrz.lines) == (True, PASSPORT)


def test_spaces_and_quotation_marks_in_a_zone_are_none() -> None:
    assert found(PASSPORT[0].replace("<<ANNA", "« ANNA"), PASSPORT[1].replace("<<<<<", "<< <<<")).valid


def test_a_zone_among_other_lines_is_found() -> None:
    page = ["UTOPIA", "PASSPORT / PASSEPORT", "12 AUG/AOUT 74", "0706966505468", *PASSPORT, "© 2026"]
    assert found(*page).lines == PASSPORT


@pytest.mark.parametrize("lines", [[], ["P<UTO"], [PASSPORT[0]], [PASSPORT[1]], ["A" * 44, "B" * 44]])
def test_no_zone(lines: list[str]) -> None:
    assert find_mrz(lines, TODAY) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PASSPORT[0], True),
        (PASSPORT[1], True),
        ("8 Août/Aug 2006", False),
        ("GRAND-DUCHE DE LUXEMBOURG", False),
        (">>>>>>>>>>>>>>>>>>>>>VIRAM>VNNA>>NOSSKIREOTU>P", False),
        ("<<<<", False),
    ],
)
def test_which_lines_may_be_of_a_zone(text: str, expected: bool) -> None:
    assert is_zone_line(text) is expected


@given(st.lists(st.text("ABC0189<oОΑ«é ", max_size=46), max_size=12))  # noqa: RUF001
def test_no_text_makes_it_fail(texts: list[str]) -> None:
    mrz = find_mrz(texts, date(2026, 2, 28))
    assert mrz is None or len({len(line) for line in mrz.lines}) == 1
