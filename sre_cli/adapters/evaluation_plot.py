"""An evaluation as a drawing: what scores tell, or which documents are read badly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sre_cli.adapters.svg_drawing import INK, draw
from sre_cli.core.evaluation import curves
from sre_cli.core.evaluation.tasks import EVALUATORS
from sre_cli.specs.evaluation import Item, Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WANTED, UNWANTED, LIMIT = "#2a9d8f", "#b5446e", "#d62828"
BINS = 40
MOST_BARS = 40
"""The worst documents; more are not readable."""


def draw_evaluation(report: Report) -> str:
    """An SVG; empty where there is nothing to draw."""
    evaluator = next(one for task, one in EVALUATORS.items() if task == report.task)
    if evaluator.scores is None:
        return _draw_mistakes(report.items)
    wanted, unwanted = evaluator.scores(report.items)
    return _draw_scores(wanted, unwanted, report.thresholds) if wanted and unwanted else ""


def _draw_scores(wanted: list[float], unwanted: list[float], thresholds: Mapping[str, float]) -> str:
    def paint(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        _draw_roc(left, wanted, unwanted)
        _draw_histogram(right, wanted, unwanted, thresholds)

    return draw(paint)


def _draw_roc(axes: Axes, wanted: list[float], unwanted: list[float]) -> None:
    points = curves.roc(wanted, unwanted)
    # On a logarithmic axis 0 is nowhere: what was never accepted is drawn below one in all.
    lowest = 0.5 / len(unwanted)
    fars = [max(point.far, lowest) for point in points]
    axes.plot(fars, [point.tar for point in points], color=WANTED, linewidth=1.8, drawstyle="steps-post")
    axes.axvline(1 / len(unwanted), color=INK, linewidth=1, linestyle=":")
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.set_xlim(lowest, 1)
    axes.set_ylim(0, 1.02)
    axes.set_title("ROC; left of the dotted line no item can tell")
    axes.set_xlabel("share of the unwanted that is accepted")
    axes.set_ylabel("share of the wanted that is accepted")
    axes.grid(color=INK, alpha=0.12)


def _draw_histogram(
    axes: Axes, wanted: list[float], unwanted: list[float], thresholds: Mapping[str, float]
) -> None:
    for scores, colour, label in ((wanted, WANTED, "wanted"), (unwanted, UNWANTED, "unwanted")):
        axes.hist(scores, bins=BINS, range=(0, 1), color=colour, alpha=0.6, label=f"{label}, {len(scores)}")
    for name, value in thresholds.items():
        if name.endswith("score"):  # the others are on other scales, as cosines are
            axes.axvline(value, color=LIMIT, linewidth=1.2, linestyle="--", label=f"{name} {value:g}")
    axes.set_title("Scores")
    axes.set_xlabel("score")
    axes.set_ylabel("items")
    axes.legend(frameon=False, fontsize=8.5, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=4)


def _draw_mistakes(items: Sequence[Item]) -> str:
    shares = sorted(((_worst(item), item.name) for item in items), reverse=True)[:MOST_BARS][::-1]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        # A dollar in a file's name begins no formula.
        axes.barh(
            [name.replace("$", r"\$") for _, name in shares], [share for share, _ in shares], color=UNWANTED
        )
        axes.set_xlim(0, 1)
        axes.set_title("Mistakes of each document: the highest of its rates")
        axes.grid(axis="x", color=INK, alpha=0.12)

    return draw(paint, (10.5, 1.2 + 0.25 * len(shares)))


def _worst(item: Item) -> float:
    return max((one.events / one.total for one in item.counts.values() if one.total), default=0.0)
