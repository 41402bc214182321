"""Models, figures and verdicts as lines for people and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sre_cli.core.evaluation.gate import Line, Verdict
from sre_cli.errors import Refused
from sre_cli.specs.evaluation import Count, Figure
from sre_cli.specs.manifest import Evaluation, ModelManifest, WeightsFile

MODEL_HEADERS = ("model", "name", "version", "task", "thresholds", "promoted")

FIGURE_HEADERS = ("figure", "value", "95 % interval", "counts", "note")
GATE_HEADERS = ("mistake", "verdict", "reference", "candidate", "higher by less than", "margin", "evidence")
NOTE_CHARACTERS = 60


def model_row(manifest: ModelManifest) -> tuple[str, ...]:
    """One model."""
    thresholds = ", ".join(f"{name} {one.value:g}" for name, one in manifest.thresholds.items())
    seen = manifest.evaluation
    promoted = f"{seen.version}, {seen.date}, {seen.dataset_items} items" if seen else "never"
    return manifest.check, manifest.name, manifest.version, manifest.task, thresholds, promoted


def model_json(manifest: ModelManifest, weights: Mapping[str, WeightsFile]) -> dict[str, Any]:
    """The manifest with its weights written out."""
    files = {name: one.model_dump(exclude_none=True) for name, one in weights.items()}
    return {**manifest.model_dump(mode="json"), "weights": files}


def describe_model(manifest: ModelManifest, weights: Mapping[str, WeightsFile]) -> Iterator[str]:
    """All that the manifest says."""
    yield f"{manifest.check}: {manifest.name} {manifest.version} ({manifest.task})"
    yield f"source         {manifest.source}"
    yield f"training data  {manifest.training_data}"
    yield f"intended use   {manifest.intended_use}"
    yield from (f"limit          {limit}" for limit in manifest.known_limits)
    for name, file in weights.items():
        yield f"weights        {name}: {file.name}, {file.licence}, sha256 {file.sha256}"
    for name, one in manifest.thresholds.items():
        yield f"threshold      {name} {one.value:g}: {one.chosen}"
        yield f"               {one.dataset}; {one.figures}; {one.date}"
    for metric, margin in manifest.gate.margins.items():
        yield f"gate           {metric} may be higher by less than {margin:g}"
    yield from _describe_figures(manifest.evaluation)


def figure_row(figure: Figure) -> tuple[str, ...]:
    """One figure; a long note ends with dots, the report has it whole."""
    interval = f"{figure.low:.4f} to {figure.high:.4f}" if figure.low is not None else ""
    counts = f"{figure.events} of {figure.total}" if figure.total else ""
    value = "not measured" if figure.value is None else f"{figure.value:.4f}"
    note = figure.note if len(figure.note) <= NOTE_CHARACTERS else f"{figure.note[: NOTE_CHARACTERS - 3]}..."
    return figure.name, value, interval, counts, note


def gate_row(line: Line) -> tuple[str, ...]:
    """The evidence about one kind of mistake."""
    upper = "" if line.upper is None else f"{line.upper:.4f}"
    counts = (_share(line.reference), _share(line.candidate))
    return line.metric, line.word, *counts, upper, f"{line.margin:g}", line.why


def describe_verdict(verdict: Verdict) -> Iterator[str]:
    """The conclusion."""
    yield from verdict.objections
    if verdict.passed:
        yield "pass: with 95 % confidence no rate of mistakes is higher by its margin"
    elif verdict.word == "worse":
        yield "no: the candidate is worse"
    else:
        yield "no: inconclusive; more labelled items, or the reference's own report, may tell"


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """The same for machines."""
    lines = [
        {
            "metric": line.metric,
            "word": line.word,
            "reference": line.reference.model_dump(),
            "candidate": line.candidate.model_dump(),
            "upper": line.upper,
            "margin": line.margin,
            "why": line.why,
        }
        for line in verdict.lines
    ]
    return {"passed": verdict.passed, "word": verdict.word, "objections": verdict.objections, "lines": lines}


def refuse_unless_passed(verdict: Verdict) -> None:
    """Raises Refused: when the gate says no."""
    if not verdict.passed:
        words = [f"{line.metric} {line.word}" for line in verdict.lines if line.word != "pass"]
        raise Refused(f"not to be promoted: {', '.join(words) or verdict.word}")


def _describe_figures(seen: Evaluation | None) -> Iterator[str]:
    if seen is None:
        yield "promoted       never"
        return
    yield f"promoted       {seen.version} on {seen.date}, commit {seen.commit[:12]}: {seen.reason}"
    yield f"               {seen.dataset_items} items, dataset {seen.dataset_sha256[:12]}"
    yield from (f"               {metric} {_share(count)}" for metric, count in seen.counts.items())


def _share(count: Count) -> str:
    return f"{count.events} of {count.total}" if count.total else "not measured"
