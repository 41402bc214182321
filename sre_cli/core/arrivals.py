"""When an open trial's requests arrive."""

from __future__ import annotations

from random import Random

from sre_cli.specs.load import LoadPlan


def plan_arrivals(plan: LoadPlan) -> list[float]:
    """Send times in seconds from the trial's start, ascending.

    Poisson arrivals are drawn given their number: a Poisson process seen through its count is that
    many uniform points, sorted (Ross, Stochastic Processes, 2.3). The bursts stay, while the
    offered rate is exactly the planned one, which a trial of a few seconds otherwise misses by 10 %.
    """
    count = max(1, round(plan.rate_rps * plan.duration_s))
    if plan.arrivals == "constant":
        return [index / plan.rate_rps for index in range(count)]
    random = Random(plan.seed)  # noqa: S311 -- a reproducible schedule, not a secret
    return sorted(random.uniform(0, plan.duration_s) for _ in range(count))
