"""Words for where objectives stand. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sre_cli.core.burn import Pace, Standing

HEADERS = ("OBJECTIVE", "TARGET", "GOOD", "BAD", "OF", "BUDGET LEFT", "STANDING")


def row(standing: Standing) -> tuple[str, ...]:
    """One line of the table."""
    bad, total = standing.events.bad, standing.events.total
    known = standing.is_known
    return (
        standing.slo,
        f"{standing.target:.2%}",
        f"{1 - bad / total:.3%}" if known else "-",
        f"{bad:,.0f}" if known else "-",
        f"{total:,.0f}" if known else "-",
        f"{standing.left_ratio:.1%}" if known else "-",
        _word(standing),
    )


def pace_lines(standing: Standing) -> Iterator[str]:
    """Of each window: how fast it burns, and how fast it may."""
    for pace in standing.paces:
        told = f"burns {pace.long:.2f} over the long window, {pace.short:.2f} over the short one"
        yield f"  {pace.window}: {told}, at most {pace.most:.2f}{_few(pace)}"


def burning_words(standing: Standing) -> str:
    """What burns, and until when it lasts; empty where nothing does."""
    worst = standing.worst
    if worst is None:
        return ""
    rate = f"burns {worst.long:.1f} times as fast as it may ({worst.severity}, {worst.window})"
    return f"{standing.slo} {rate}{_lasts(standing.lasts)}"


def spent_words(standing: Standing) -> str:
    """That nothing is left."""
    allowed = standing.events.total * (1 - standing.target)
    return (
        f"the error budget of {standing.slo} is spent: {standing.events.bad:,.0f} bad of "
        f"{standing.events.total:,.0f} events, where {allowed:,.0f} may be"
    )


def budget_words(standing: Standing) -> str:
    """What a deploy would find."""
    if standing.is_spent:
        return f"{spent_words(standing)}: refused without --override"
    if not standing.is_known:
        return f"error budget of {standing.slo}: nothing was counted yet"
    return f"error budget of {standing.slo}: {standing.left_ratio:.1%} left"


def standing_json(standing: Standing) -> dict[str, Any]:
    """The same for programs; hours are open hours."""
    lasts = standing.lasts
    return {
        "slo": standing.slo,
        "target": standing.target,
        "bad": round(standing.events.bad, 1),
        "events": round(standing.events.total, 1),
        "is_known": standing.is_known,
        "is_open": standing.is_open,
        "budget_left_ratio": round(standing.left_ratio, 4) if standing.is_known else None,
        "is_spent": standing.is_spent,
        "lasts_h": round(lasts / timedelta(hours=1), 2) if lasts is not None else None,
        "windows": {
            pace.window: {
                "severity": pace.severity,
                "long": round(pace.long, 3),
                "short": round(pace.short, 3),
                "at_most": round(pace.most, 3),
                "burns": pace.burns,
            }
            for pace in standing.paces
        },
    }


def _word(standing: Standing) -> str:
    if not standing.is_known:
        return "no data"
    if standing.burning:
        return f"burning: {', '.join(pace.window for pace in standing.burning)}"
    if standing.is_spent:
        return "spent"
    return "fine" if standing.is_open else "fine; outside of its hours"


def _few(pace: Pace) -> str:
    return "" if pace.is_enough else " (too few events to tell)"


def _lasts(lasts: timedelta | None) -> str:
    if lasts is None:
        return ""
    return f"; its budget lasts {lasts / timedelta(hours=1):.1f} open hours more at that pace"
