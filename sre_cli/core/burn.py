"""Error budgets: how much of one is left, and whether it burns too fast. Pure.

A budget is the share of a period's events that may be bad; the burn rate is how many times faster it goes
than it may (Google's SRE workbook, chapter 5). `sre slo check`, the gate of a rollout and the refusal of a
deploy ask the same functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sre_cli.core.hours import Spans, length, open_spans
from sre_cli.specs.slo import BurnWindow, Counted, RatioMetric, Severity, Slo

MOST_BAD = 0.5
"""Of the events under a rollout, whatever an objective would allow."""


@dataclass(frozen=True)
class Events:
    """Of one objective, over some window."""

    bad: float
    total: float

    def burn_rate(self, target: float) -> float:
        """How many times faster the budget went than it may; 0 where nothing happened."""
        return self.bad / self.total / (1 - target) if self.total else 0.0


@dataclass(frozen=True)
class Pace:
    """One window's word."""

    window: str
    severity: Severity
    long: float
    """Burn rates."""
    short: float
    most: float
    """The rate above which both are too fast."""
    is_enough: bool
    """Whether there were events enough to tell."""

    @property
    def burns(self) -> bool:
        """Whether it is too fast, and still is."""
        return self.is_enough and self.long > self.most and self.short > self.most


@dataclass(frozen=True)
class Standing:
    """Where one objective stands."""

    slo: str
    description: str
    target: float
    events: Events
    """Of the period so far."""
    paces: tuple[Pace, ...]
    is_open: bool
    """Whether its hours are now."""
    fewest_events: int
    open_left: timedelta
    """Open hours of a whole period."""

    @property
    def is_known(self) -> bool:
        """Whether there were events at all."""
        return self.events.total > 0

    @property
    def left_ratio(self) -> float:
        """Share of the budget that is left; below 0 when it is overdrawn."""
        return 1 - self.events.burn_rate(self.target)

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left, by events enough to tell."""
        return self.events.total >= self.fewest_events and round(self.left_ratio, 6) <= 0

    @property
    def burning(self) -> tuple[Pace, ...]:
        """The windows that say so; none while it is closed, for nothing could end it then."""
        return tuple(pace for pace in self.paces if pace.burns and self.is_open)

    @property
    def worst(self) -> Pace | None:
        """The one of them that matters most."""
        return max(
            self.burning,
            key=lambda pace: (pace.severity is Severity.PAGE, pace.long / pace.most),
            default=None,
        )

    @property
    def lasts(self) -> timedelta | None:
        """Open hours until nothing is left at the worst pace; None when it will last, or is spent."""
        if self.worst is None or self.left_ratio <= 0:
            return None
        return self.open_left * self.left_ratio / self.worst.long


def fastest(window: BurnWindow, slo: Slo, now: datetime) -> float:
    """The burn rate at which `budget_ratio` of the budget is gone after the long window.

    Workbook: share of budget * period / window. Both are open hours here: what nobody counts burns nothing.
    """
    period = length(open_spans(slo.hours, now - slo.period, now))
    spent_in = min(window.long, period)
    return max(1.0, window.budget_ratio * (period / spent_in)) if period else 1.0


@dataclass(frozen=True)
class FastestPace:
    """How fast an objective's budget may burn while a version rolls out."""

    slo: Slo
    most: float
    """Share of bad events at which somebody would be paged."""


def page_pace(slo: Slo, windows: Mapping[str, BurnWindow], now: datetime) -> FastestPace:
    """By the quickest of the windows that page: the one that allows most."""
    paging = [one for one in windows.values() if one.severity is Severity.PAGE] or windows.values()
    rate = max(fastest(one, slo, now) for one in paging)
    return FastestPace(slo, min(rate * (1 - slo.target), MOST_BAD))


def opened(slo: Slo, window: timedelta, now: datetime) -> Spans:
    """The last `window` of open time: the evening before counts while the morning is young."""
    left, found = window, []
    for begin, end in reversed(open_spans(slo.hours, now - slo.period, now)):
        if left <= timedelta():
            break
        found.append((max(begin, end - left), end))
        left -= end - begin
    return tuple(reversed(found))


def running(ratio: RatioMetric, seconds: int) -> tuple[str, str]:
    """The same of the seconds until now."""
    total, other = (
        f"sum(increase({one.metric_source.spec.query}[{seconds}s]))"
        for one in (ratio.total, ratio.bad or ratio.good)
        if one
    )
    return (other if ratio.bad else f"{total} - ({other} or vector(0))"), total


def queries(ratio: RatioMetric, spans: Spans) -> tuple[str, str]:
    """PromQL of the bad events, and of all, in some spans of time; both give one number, or nothing."""
    total = _counted(ratio.total, spans)
    if ratio.bad:
        return _counted(ratio.bad, spans), total
    assert ratio.good  # noqa: S101  # the spec has one of the two
    return f"{total} - ({_counted(ratio.good, spans)})", total


def stand(
    slo: Slo, period: Events, seen: Mapping[str, tuple[Events, Events]], windows: Mapping[str, BurnWindow],
    fewest_events: int, now: datetime,
) -> Standing:  # fmt: skip
    """Put together what was counted: over the period, and over each window, long and short."""
    return Standing(
        slo=slo.name,
        description=slo.spec.description,
        target=slo.target,
        events=period,
        paces=tuple(
            Pace(
                window=name,
                severity=windows[name].severity,
                long=long.burn_rate(slo.target),
                short=short.burn_rate(slo.target),
                most=fastest(windows[name], slo, now),
                is_enough=long.total >= fewest_events,
            )
            for name, (long, short) in seen.items()
        ),
        is_open=is_open(slo, now),
        fewest_events=fewest_events,
        open_left=length(open_spans(slo.hours, now - slo.period, now)),
    )


def is_open(slo: Slo, now: datetime) -> bool:
    """Whether its hours are now."""
    return bool(open_spans(slo.hours, now - timedelta(seconds=1), now))


def _counted(counter: Counted, spans: Spans) -> str:
    selector = counter.metric_source.spec.query
    # A series that is not there in one of the spans counts as nothing there, and not for all of them.
    return " + ".join(_increase(selector, begin, end) for begin, end in spans) or "vector(0)"


def _increase(selector: str, begin: datetime, end: datetime) -> str:
    seconds = max(1, round((end - begin).total_seconds()))
    return f"(sum(increase({selector}[{seconds}s] @ {end.timestamp():.0f})) or vector(0))"


def spent(standings: Iterable[Standing]) -> list[Standing]:
    """Those whose budget is gone."""
    return [standing for standing in standings if standing.is_spent]
