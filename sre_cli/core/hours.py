"""Business hours as spans of time, whatever the zone's clocks do. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sre_cli.specs.slo import Hours

Spans = tuple[tuple[datetime, datetime], ...]


def open_spans(hours: Hours | None, since: datetime, until: datetime) -> Spans:
    """What of `since` to `until` is open, in order, in UTC; without hours, all of it.

    An hour that a zone's clocks skip, or show twice, has the length that it had.
    """
    if hours is None:
        return ((since.astimezone(UTC), until.astimezone(UTC)),) if since < until else ()
    spans = []
    # The evening before may reach into the first day.
    day = since.astimezone(hours.info).date() - timedelta(days=1)
    while day <= until.astimezone(hours.info).date():
        if day.weekday() in hours.days and day not in hours.holidays:
            last = day if hours.closes > hours.opens else day + timedelta(days=1)
            begin = datetime.combine(day, hours.opens, hours.info).astimezone(UTC)
            end = datetime.combine(last, hours.closes, hours.info).astimezone(UTC)
            spans.append((max(begin, since.astimezone(UTC)), min(end, until.astimezone(UTC))))
        day += timedelta(days=1)
    return tuple((begin, end) for begin, end in spans if begin < end)


def length(spans: Spans) -> timedelta:
    """Of all together."""
    return sum((end - begin for begin, end in spans), timedelta())
