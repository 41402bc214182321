"""Business hours, whatever the clocks of a zone do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sre_cli.core.hours import length, open_spans
from sre_cli.specs.slo import Hours

DAY = Hours(opens=time(8), closes=time(22), zone="Europe/Berlin")
NIGHT = Hours(opens=time(22), closes=time(6), zone="Europe/Berlin", days=frozenset({4}))  # of Friday


def hours(spans: object) -> float:
    return length(spans) / timedelta(hours=1)  # type: ignore[arg-type]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


def test_a_day_has_its_open_hours() -> None:
    assert hours(open_spans(DAY, at("2026-06-01T00:00"), at("2026-06-02T00:00"))) == 14
    assert hours(open_spans(DAY, at("2026-06-01T07:00"), at("2026-06-01T09:30"))) == 1.5
    assert open_spans(DAY, at("2026-06-01T22:00"), at("2026-06-02T08:00")) == ()
    assert hours(open_spans(None, at("2026-06-01T22:00"), at("2026-06-02T08:00"))) == 10


@pytest.mark.parametrize(("day", "open_h"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_day_on_which_the_clocks_change_is_as_long_as_it_is(day: str, open_h: int) -> None:
    whole = DAY.model_copy(update={"opens": time(0), "closes": time(0)})
    begin = at(f"{day}T00:00")
    assert hours(open_spans(whole, begin, begin + timedelta(days=1))) == open_h


def test_a_night_belongs_to_the_day_on_which_it_began() -> None:
    since, until = at("2026-06-05T00:00"), at("2026-06-07T00:00")  # Friday and Saturday
    assert open_spans(NIGHT, since, until) == (
        (at("2026-06-05T22:00").astimezone(UTC), at("2026-06-06T06:00").astimezone(UTC)),
    )
    assert hours(open_spans(NIGHT, at("2026-06-06T01:00"), at("2026-06-06T02:00"))) == 1


def test_holidays_and_other_weekdays_are_closed() -> None:
    closed = DAY.model_copy(update={"holidays": frozenset({date(2026, 6, 1)}), "days": frozenset(range(5))})
    assert hours(open_spans(closed, at("2026-06-01T00:00"), at("2026-06-08T00:00"))) == 4 * 14


@given(
    st.timedeltas(timedelta(), timedelta(days=730)),
    st.timedeltas(timedelta(), timedelta(days=20)),
    st.timedeltas(timedelta(), timedelta(days=20)),
    st.sampled_from([DAY, NIGHT, None]),
)
def test_nothing_is_lost_or_counted_twice_where_a_span_is_cut(
    begins: timedelta, first: timedelta, second: timedelta, kept: Hours | None
) -> None:
    since = datetime(2025, 1, 1, tzinfo=UTC) + begins
    cut, until = since + first, since + first + second
    whole = open_spans(kept, since, until)
    assert length(whole) == length(open_spans(kept, since, cut)) + length(open_spans(kept, cut, until))
    assert all(one[1] <= other[0] for one, other in pairwise(whole))
