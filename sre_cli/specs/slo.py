"""Slo: one objective, an OpenSLO v1 document in `slo/specs/<name>.yaml`; and the windows of all."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo, model_validator
from pydantic.alias_generators import to_camel

from sre_cli.specs.base import Part, Spec, file_id_mistakes

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PREFIX = "sre/"
"""Of the annotations that are ours; others are other tools'."""
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def _span(written: Any) -> Any:
    found = re.fullmatch(r"([1-9]\d{0,4})([mhdw])", written) if isinstance(written, str) else None
    if found is None:
        raise ValueError("must be a number of minutes, hours, days or weeks, such as 5m, 1h or 28d")
    return int(found[1]) * _UNITS[found[2]]


Span = Annotated[timedelta, BeforeValidator(_span)]
Selector = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_:][\w:]*(\{[^{}\[\]]*\})?$")]
"""Of a Prometheus counter, without a window: whoever asks puts one around it."""


class Hours(Part):
    """When an objective holds: from `opens` until `closes`, on the next day where that is not later."""

    opens: time
    closes: time
    zone: str
    """Its name in the IANA database."""
    days: frozenset[int] = frozenset(range(7))
    """Weekdays on which it opens, Monday is 0."""
    holidays: frozenset[date] = frozenset()
    """Dates on which it does not."""

    @property
    def info(self) -> ZoneInfo:
        """The zone's rules."""
        return ZoneInfo(self.zone)


class _Words(Part):
    """As OpenSLO writes: camelCase."""

    model_config = ConfigDict(alias_generator=to_camel)


class Query(_Words):
    """Where a counter is."""

    query: Selector


class MetricSource(_Words):
    """Prometheus: no other is asked."""

    type: Literal["Prometheus"]
    spec: Query


class Counted(_Words):
    """A counter of events."""

    metric_source: MetricSource


class RatioMetric(_Words):
    """All events, and the good or the bad ones among them."""

    counter: Literal[True]
    good: Counted | None = None
    bad: Counted | None = None
    total: Counted

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.good is None) == (self.bad is None):
            raise ValueError("needs good or bad, and not both")
        return self


class IndicatorSpec(_Words):
    """What is counted."""

    ratio_metric: RatioMetric


class Named(_Words):
    """An object's name."""

    name: str


class Indicator(_Words):
    """Written inside its objective."""

    metadata: Named
    spec: IndicatorSpec


class TimeWindow(_Words):
    """The period of the budget."""

    duration: Span
    is_rolling: Literal[True]


class Objective(_Words):
    """The share of events that has to be good."""

    display_name: str = ""
    target: float = Field(gt=0, lt=1)


class SloSpec(_Words):
    """The `spec` of an OpenSLO document."""

    description: str = ""
    service: str
    indicator: Indicator
    time_window: list[TimeWindow] = Field(min_length=1, max_length=1)
    budgeting_method: Literal["Occurrences"]
    objectives: list[Objective] = Field(min_length=1, max_length=1)


class Metadata(_Words):
    """Its name, and what OpenSLO has no word for."""

    name: str
    display_name: str = ""
    annotations: dict[str, str] = Field(default_factory=dict)


class Slo(Spec):
    """One objective over one period."""

    model_config = ConfigDict(alias_generator=to_camel)
    example = "slo/specs/api-availability.yaml"

    api_version: Literal["openslo/v1"]
    kind: Literal["SLO"]
    metadata: Metadata
    spec: SloSpec

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Self:
        mistakes = file_id_mistakes("metadata.name", self.metadata.name, info.context)
        try:
            _hours(self.metadata.annotations)
        except ValueError as error:
            mistakes.append(f"metadata.annotations: {error}")
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return self

    @property
    def name(self) -> str:
        """Its file's."""
        return self.metadata.name

    @property
    def target(self) -> float:
        """Share of events that has to be good."""
        return self.spec.objectives[0].target

    @property
    def period(self) -> timedelta:
        """How long a budget lasts."""
        return self.spec.time_window[0].duration

    @property
    def ratio(self) -> RatioMetric:
        """What is counted."""
        return self.spec.indicator.spec.ratio_metric

    @property
    def hours(self) -> Hours | None:
        """When it holds; None is always."""
        return _hours(self.metadata.annotations)


class Severity(StrEnum):
    """What burning leads to."""

    PAGE = "page"
    TICKET = "ticket"


class BurnWindow(Part):
    """A pace at which a budget must not burn, over a long and a short window at once."""

    severity: Severity
    long: Span
    short: Span
    budget_ratio: float = Field(gt=0, lt=1)
    """Share of the whole budget that is gone after the long window at this pace."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.short >= self.long:
            raise ValueError("short must be less than long")
        return self


class Windows(Spec):
    """`slo/windows.yaml`: the windows of every objective."""

    example = "slo/windows.yaml"

    windows: dict[str, BurnWindow] = Field(min_length=1)
    fewest_events: int = Field(ge=1)
    """In the long window; fewer prove nothing."""


def _hours(annotations: dict[str, str]) -> Hours | None:
    ours = {key.removeprefix(PREFIX): text for key, text in annotations.items() if key.startswith(PREFIX)}
    if unknown := ours.keys() - {"hours", "time-zone", "days", "holidays"}:
        raise ValueError(f"{', '.join(PREFIX + key for key in sorted(unknown))}: unknown")
    if "hours" not in ours:
        if ours:
            raise ValueError(f"{PREFIX}{min(ours)}: means nothing without {PREFIX}hours")
        return None
    opens, closes = _opening(ours["hours"])
    return Hours(
        opens=opens,
        closes=closes,
        zone=_zone(ours.get("time-zone", "")),
        days=_days(ours.get("days", "mon-sun")),
        holidays=_holidays(ours.get("holidays", "")),
    )


def _opening(written: str) -> tuple[time, time]:
    found = re.fullmatch(r"(\d\d:\d\d)-(\d\d:\d\d)", written)
    try:
        opens, closes = (time.fromisoformat(text) for text in found.groups()) if found else (None, None)
    except ValueError:
        opens = closes = None
    if opens is None or closes is None or opens == closes:
        raise ValueError(f"{PREFIX}hours: must be like 08:00-22:00 (found {written!r})")
    return opens, closes


def _zone(written: str) -> str:
    if written not in available_timezones():
        raise ValueError(f"{PREFIX}time-zone: must be a name like Asia/Jakarta (found {written!r})")
    return written


def _days(written: str) -> frozenset[int]:
    found: set[int] = set()
    for part in written.split(","):
        first, _, last = part.strip().partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise ValueError(f"{PREFIX}days: must be like mon-fri or sat,sun (found {written!r})")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found |= {day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)}
    return frozenset(found)


def _holidays(written: str) -> frozenset[date]:
    try:
        return frozenset(date.fromisoformat(one.strip()) for one in written.split(",") if one.strip())
    except ValueError:
        raise ValueError(f"{PREFIX}holidays: must be dates like 2026-12-25, with commas") from None
