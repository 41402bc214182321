"""Which century a date of a zone is in."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.mrz_dates import ImpossibleDate, birth_date, expiry_date

TODAY = date(2026, 6, 15)
days = st.dates(date(2001, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("740812", "1974-08-12"),
        ("260615", "2026-06-15"),
        ("260616", "1926-06-16"),
        ("270101", "1927-01-01"),
        ("000229", "2000-02-29"),
        ("74<<<<", "1974"),
        ("7408<<", "1974-08"),
        ("74<<12", "1974"),
        ("<<0812", None),
        ("<<<<<<", None),
    ],
)
def test_birth(text: str, expected: str | None) -> None:
    assert birth_date(text, TODAY) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("120415", "2012-04-15"),
        ("360101", "2036-01-01"),
        ("751231", "2075-12-31"),
        ("760101", "1976-01-01"),
        ("991231", "1999-12-31"),
    ],
)
def test_expiry(text: str, expected: str) -> None:
    assert expiry_date(text, TODAY) == expected


@pytest.mark.parametrize("text", ["740230", "741301", "7408O2", "7<0812", "74 812", "٧٤٠٨١٢"])
def test_no_such_day(text: str) -> None:
    for read in (birth_date, expiry_date):
        with pytest.raises(ImpossibleDate):
            read(text, TODAY)


@given(days, st.integers(0, 36_000))
def test_nobody_is_born_in_the_future_nor_a_century_too_early(today: date, age_days: int) -> None:
    born = today - timedelta(days=age_days)
    assert birth_date(born.strftime("%y%m%d"), today) == born.isoformat()


@given(days, st.integers(-49 * 365, 49 * 365))
def test_an_expiry_near_today_keeps_its_century(today: date, ahead_days: int) -> None:
    expires = today + timedelta(days=ahead_days)
    assert expiry_date(expires.strftime("%y%m%d"), today) == expires.isoformat()
