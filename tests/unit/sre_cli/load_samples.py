"""Trials made by hand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sre_cli.core.trial import Trial
from sre_cli.specs.load import LoadPlan, Shot


def plan(rate_rps: float = 10, duration_s: float = 10, **changes: object) -> LoadPlan:
    """An open plan that is never sent."""
    return LoadPlan.model_validate(
        {
            "base_url": "http://127.0.0.1:1",
            "path": "/",
            "payloads": [{"image_a": Path("a.jpg")}],
            "arrivals": "constant",
            "rate_rps": rate_rps,
            "duration_s": duration_s,
            **changes,
        }
    )


def answered(at_s: float, latency_s: float, status: int = 200) -> Shot:
    """An arrival that was sent when due."""
    return Shot(scheduled_s=at_s, sent_s=at_s, finished_s=at_s + latency_s, status=status)


def trial(shots: Iterable[Shot], **plan_changes: object) -> Trial:
    """A trial of ten seconds whose generator had an easy time."""
    return Trial(
        plan(**plan_changes),  # type: ignore[arg-type]
        list(shots),
        generator_cpu_s=0.5,
        machine_busy_s=12.0,
        elapsed_s=10.0,
    )


def queue(rate_rps: float, capacity_rps: float, duration_s: float = 10) -> list[Shot]:
    """Even arrivals at one server of fixed speed: the textbook case of a growing backlog."""
    return queue_at([index / rate_rps for index in range(round(rate_rps * duration_s))], capacity_rps)


def queue_at(times: Iterable[float], capacity_rps: float) -> list[Shot]:
    """Arrivals at `times`, at one server of fixed speed."""
    shots, free_at = [], 0.0
    for at in times:
        free_at = max(free_at, at) + 1 / capacity_rps
        shots.append(answered(at, free_at - at))
    return shots
