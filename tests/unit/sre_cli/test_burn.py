"""Error budgets: what is left, how fast it goes, and what is asked of Prometheus."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sre_cli import wiring_slo
from sre_cli.core.burn import Events, Standing, fastest, opened, page_pace, queries, running, stand
from sre_cli.core.hours import length
from sre_cli.specs.slo import BurnWindow, Severity, Slo

NOW = datetime(2026, 6, 10, 3, 0, tzinfo=UTC)  # 10:00 in Jakarta
H = timedelta(hours=1)


def slo(target: float = 0.99, *, always: bool = False, **changes: Any) -> Slo:
    ours = {} if always else {"sre/hours": "08:00-22:00", "sre/time-zone": "Asia/Jakarta"}

    def counted(query: str) -> dict[str, Any]:
        return {"metricSource": {"type": "Prometheus", "spec": {"query": query}}}

    ratio = {"counter": True, "bad": counted("bad_total"), "total": counted('all_total{job="api"}')} | changes
    return Slo.model_validate(
        {
            "apiVersion": "openslo/v1",
            "kind": "SLO",
            "metadata": {"name": "toy", "annotations": ours},
            "spec": {
                "service": "toy",
                "indicator": {"metadata": {"name": "toy"}, "spec": {"ratioMetric": ratio}},
                "timeWindow": [{"duration": "30d", "isRolling": True}],
                "budgetingMethod": "Occurrences",
                "objectives": [{"target": target}],
            },
        }
    )


def window(long_h: int, budget_ratio: float, severity: Severity = Severity.PAGE) -> BurnWindow:
    return BurnWindow.model_construct(
        severity=severity, long=long_h * H, short=timedelta(minutes=5), budget_ratio=budget_ratio
    )


def standing(
    period: Events, seen: tuple[Events, Events], of: Slo | None = None, fewest_events: int = 100
) -> Standing:
    windows: Mapping[str, BurnWindow] = {"quick": window(1, 0.02)}
    return stand(of or slo(always=True), period, {"quick": seen}, windows, fewest_events, NOW)


@pytest.mark.parametrize(("long_h", "budget_ratio", "rate"), [(1, 0.02, 14.4), (6, 0.05, 6), (72, 0.10, 1)])
def test_over_30_days_the_rates_are_those_of_the_workbook(
    long_h: int, budget_ratio: float, rate: float
) -> None:
    assert fastest(window(long_h, budget_ratio), slo(always=True), NOW) == pytest.approx(rate)


def test_an_hour_of_business_is_more_of_a_budget_that_only_business_hours_spend() -> None:
    assert fastest(window(1, 0.02), slo(), NOW) == pytest.approx(14.4 * 14 / 24, rel=0.01)


def test_what_is_left_and_how_long_it_lasts() -> None:
    half = standing(Events(5, 1000), (Events(200, 1000), Events(20, 100)))
    assert half.left_ratio == pytest.approx(0.5)
    assert half.burning
    assert half.paces[0].long == pytest.approx(20)
    assert half.lasts
    assert half.lasts / H == pytest.approx(30 * 24 * 0.5 / 20)


@pytest.mark.parametrize(
    ("long", "short", "burns"),
    [
        (Events(200, 1000), Events(20, 100), True),
        (Events(200, 1000), Events(0, 100), False),  # it is over
        (Events(100, 1000), Events(90, 100), False),  # not long enough yet
        (Events(1, 1), Events(1, 1), False),  # one failure at night pages nobody
        (Events(0, 0), Events(0, 0), False),
    ],
)
def test_both_windows_have_to_burn_and_by_events_enough(long: Events, short: Events, burns: bool) -> None:
    assert bool(standing(Events(1, 100_000), (long, short)).burning) is burns


@pytest.mark.parametrize(
    ("period", "is_spent"),
    [(Events(10, 1000), True), (Events(9, 1000), False), (Events(50, 99), False), (Events(0, 0), False)],
)
def test_a_budget_is_spent_by_events_enough_to_tell(period: Events, is_spent: bool) -> None:
    assert standing(period, (period, period)).is_spent is is_spent


def test_in_the_morning_the_windows_reach_into_the_evening_before() -> None:
    spans = opened(slo(), 6 * H, NOW)
    assert spans == (
        (datetime(2026, 6, 9, 11, tzinfo=UTC), datetime(2026, 6, 9, 15, tzinfo=UTC)),
        (datetime(2026, 6, 10, 1, tzinfo=UTC), NOW),
    )
    assert length(spans) == 6 * H


def test_each_span_is_asked_for_at_its_end() -> None:
    bad, total = queries(slo().ratio, opened(slo(), 6 * H, NOW))
    assert bad == (
        "(sum(increase(bad_total[14400s] @ 1781017200)) or vector(0)) + "
        "(sum(increase(bad_total[7200s] @ 1781060400)) or vector(0))"
    )
    assert total == bad.replace("bad_total", 'all_total{job="api"}')
    assert queries(slo().ratio, ()) == ("vector(0)", "vector(0)")


def test_good_events_are_taken_from_all() -> None:
    good = slo(bad=None, good={"metricSource": {"type": "Prometheus", "spec": {"query": "good_total"}}})
    spans = opened(good, H, NOW)
    bad, total = queries(good.ratio, spans)
    assert bad.startswith(f"{total} - (")
    assert running(good.ratio, 60) == (
        'sum(increase(all_total{job="api"}[60s])) - (sum(increase(good_total[60s])) or vector(0))',
        'sum(increase(all_total{job="api"}[60s]))',
    )
    assert running(slo().ratio, 60)[0] == "sum(increase(bad_total[60s]))"


def test_a_rollout_may_burn_as_fast_as_pages_nobody() -> None:
    windows = {"quick": window(1, 0.02), "ticket": window(1, 0.9, Severity.TICKET)}
    assert page_pace(slo(always=True), windows, NOW).most == pytest.approx(0.144)
    assert page_pace(slo(0.5, always=True), windows, NOW).most == 0.5


def test_the_objectives_that_are_shipped_are_read_and_held_to() -> None:
    named = {one.name: one for one in wiring_slo.slos()}
    assert {"api-availability", "api-latency"} <= set(named)
    hours = named["api-availability"].hours
    assert hours
    assert (hours.opens.hour, hours.closes.hour, hours.zone) == (8, 22, "Asia/Jakarta")
    assert set(wiring_slo.windows().windows) == {"page-quick", "page-slow", "ticket"}
