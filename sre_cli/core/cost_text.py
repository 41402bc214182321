"""A month's bill as words and rows for people, and as plain values for machines. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sre_cli.core.cost import HOURS, NOT_COUNTED, OLD_DAYS, Estimate, Item, Range

HEADERS = ("ITEM", "WHAT", "COUNT", "MIN", "EXPECTED", "MAX", "SHARE")


def cost_rows(estimate: Estimate) -> list[tuple[str, ...]]:
    """Cells under HEADERS: largest first, the total last."""
    total = estimate.total_usd_month
    return [
        *(_row(item, estimate) for item in estimate.items),
        ("total", f"USD a month of {HOURS} h", "", *_usd(total), f"{estimate.share(total):.0%}"),
    ]


def describe_cost(estimate: Estimate) -> list[str]:
    """What to know beside the rows, a line each."""
    age = {0: "today", 1: "yesterday"}.get(estimate.age_days, f"{estimate.age_days} days ago")
    return [
        f"GPU machines are {estimate.gpu_ratio:.0%} of the expected cost.",
        f"Budget {estimate.budget_usd_month:,.0f} USD a month: {_verdict(estimate)}.",
        f"Not counted: {NOT_COUNTED}.",
        f"Prices read on {estimate.read_on} ({age}): {estimate.source}.",
        *([f"warning: prices older than {OLD_DAYS} days: read them again"] if estimate.old else []),
    ]


def cost_json(estimate: Estimate) -> dict[str, Any]:
    """Every number."""
    return asdict(estimate) | {
        "read_on": estimate.read_on.isoformat(),
        "gpu_ratio": round(estimate.gpu_ratio, 4),
        "within_budget": estimate.total_usd_month.expected <= estimate.budget_usd_month,
        "old": estimate.old,
        "not_counted": NOT_COUNTED,
    }


def _row(item: Item, estimate: Estimate) -> tuple[str, ...]:
    share = f"{estimate.share(item.usd_month):.0%}"
    return (item.name, item.what, _count(item.count), *_usd(item.usd_month), share)


def _count(count: Range) -> str:
    if count.min == count.max:
        return f"{count.min:,.0f}"
    return f"{count.min:,.0f} / {count.expected:,.0f} / {count.max:,.0f}"


def _usd(usd: Range) -> tuple[str, str, str]:
    return (f"{usd.min:,.0f}", f"{usd.expected:,.0f}", f"{usd.max:,.0f}")


def _verdict(estimate: Estimate) -> str:
    left = estimate.budget_usd_month - estimate.total_usd_month.expected
    if left < 0:
        return f"the expected cost is {-left:,.0f} above it"
    most = estimate.total_usd_month.max - estimate.budget_usd_month
    largest = f"{most:,.0f} above it" if most > 0 else "still within it"
    return f"the expected cost leaves {left:,.0f}; with every pool at its largest it is {largest}"
