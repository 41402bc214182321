"""Trials as a drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sre_cli.adapters.svg_drawing import INK, draw
from sre_cli.core.demo import Measured
from sre_cli.core.trial import LatencyTarget

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SERIES = {"p99": "#b5446e", "p95": "#e07a1f", "p50": "#2a9d8f"}
LIMIT = "#d62828"


def draw_trials(trials: Sequence[Measured], saturation_rps: float, target: LatencyTarget) -> str:
    """Two panels: percentiles against the rate, and every request against the time it was due."""

    def paint(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        _draw_percentiles(left, trials, saturation_rps, target)
        _draw_requests(right, trials, target)

    return draw(paint)


def _draw_percentiles(
    axes: Axes, trials: Sequence[Measured], saturation_rps: float, target: LatencyTarget
) -> None:
    ordered = sorted(trials, key=lambda trial: trial.summary.offered_rps)
    rates = [trial.summary.offered_rps for trial in ordered]
    top = _ceiling(trials, target)
    for name, colour in SERIES.items():
        values = [min(getattr(trial.summary, f"{name}_s"), top) for trial in ordered]
        axes.plot(rates, values, "o-", color=colour, label=name, linewidth=1.6, markersize=5)
    for rate, trial in zip(rates, ordered, strict=True):
        low, high = trial.summary.p95_interval_s
        axes.vlines(rate, min(low, top), min(high, top), color=SERIES["p95"], alpha=0.35, linewidth=5)
        if not trial.verdict.holds:
            axes.plot(rate, min(trial.summary.p95_s, top), "x", color=LIMIT, markersize=12, markeredgewidth=2)
    axes.axvline(saturation_rps, color=INK, linewidth=1, linestyle=":", label="saturation")
    axes.set_title("Latency from the scheduled send time, against load")
    axes.set_xlabel("arrivals a second (open model)")
    axes.set_xlim(0, max([*rates, saturation_rps]) * 1.08)
    _finish(axes, target, top)


def _draw_requests(axes: Axes, trials: Sequence[Measured], target: LatencyTarget) -> None:
    top = _ceiling(trials, target)
    shades = ("#7aa6c2", "#3d7ea6", "#b8860b", "#8e5572", "#5c8001")
    for index, measured in enumerate(sorted(trials, key=lambda trial: trial.summary.offered_rps)):
        shots = measured.trial.shots
        waits = [min(shot.latency_s, top) for shot in shots]
        label = f"{measured.summary.offered_rps:.1f} a second"
        colour = shades[index % len(shades)]
        axes.plot([shot.scheduled_s for shot in shots], waits, ".", color=colour, label=label, markersize=5)
    axes.set_title("Every request: a rising cloud is a growing backlog")
    axes.set_xlabel("seconds into the trial")
    _finish(axes, target, top)


def _finish(axes: Axes, target: LatencyTarget, top: float) -> None:
    axes.axhline(target.p95_s, color=LIMIT, linewidth=1.2, linestyle="--", label=f"target {target.p95_s:g} s")
    axes.set_yscale("log")
    axes.set_ylim(top=top * 1.15)
    ticks = [
        t for t in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20) if axes.get_ylim()[0] <= t <= top
    ]
    axes.set_yticks(ticks, [f"{t:g} s" for t in ticks])
    axes.minorticks_off()
    axes.grid(axis="y", color=INK, alpha=0.12)
    axes.legend(frameon=False, fontsize=8.5, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3)


def _ceiling(trials: Sequence[Measured], target: LatencyTarget) -> float:
    """Where the y axis ends; what was never answered is drawn on the edge."""
    latencies = [shot.latency_s for measured in trials for shot in measured.trial.shots]
    finite = [latency for latency in latencies if math.isfinite(latency)]
    return max([target.p95_s * 1.5, *finite])
