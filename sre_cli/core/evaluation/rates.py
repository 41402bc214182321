"""Rates of mistakes and how sure they are."""

from __future__ import annotations

import math
from collections.abc import Iterable

from sre_cli.specs.evaluation import Count, Figure, Item

Z95 = 1.959963984540054
"""Quantile of the normal distribution: 2.5 % lie above."""


def wilson(events: int, total: int, z: float = Z95) -> tuple[float, float]:
    """The score interval of a rate (E. B. Wilson, 1927; L. Brown, T. Cai, A. DasGupta, 2001): 95 %.

    Every p whose distance from the observed rate is at most z standard errors, as p itself gives them.
    Raises ValueError: without any chance of an event.
    """
    if not total:
        raise ValueError("no item: nothing to say")
    share, spread = events / total, z * z / total
    centre = (share + spread / 2) / (1 + spread)
    half = math.sqrt(spread * share * (1 - share) + spread * spread / 4) / (1 + spread)
    return (0.0 if not events else centre - half), (1.0 if events == total else centre + half)


def rate(name: str, count: Count, note: str = "") -> Figure:
    """A rate with its interval; no value where there was no chance of an event."""
    if not count.total:
        return Figure(name=name, value=None, note=note or "no such item", events=0, total=0)
    low, high = wilson(count.events, count.total)
    share = count.events / count.total
    return Figure(
        name=name, value=share, low=low, high=high, events=count.events, total=count.total, note=note
    )


def tally(flags: Iterable[bool]) -> Count:
    """How many are true."""
    seen = list(flags)
    return Count(events=sum(seen), total=len(seen))


def once(event: bool) -> Count:
    """One chance, taken or not."""
    return Count(events=int(event), total=1)


def sum_counts(items: Iterable[Item], metric: str) -> Count:
    """All items' counts of one kind of mistake together."""
    counts = [item.counts[metric] for item in items if metric in item.counts]
    return Count(events=sum(one.events for one in counts), total=sum(one.total for one in counts))


def refusals(items: Iterable[Item]) -> str:
    """The refused, named with their codes."""
    return "; ".join(f"{item.name}: {item.said}" for item in items if item.refused)
