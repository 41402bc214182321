"""From a report to the figures that a manifest keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sre_cli.core.evaluation.rates import sum_counts
from sre_cli.errors import Refused
from sre_cli.specs.evaluation import Report
from sre_cli.specs.manifest import Evaluation, ModelManifest


def figures_of(report: Report, reason: str, report_sha256: str) -> Evaluation:
    """The totals of the report; its items stay there."""
    metrics = sorted({metric for item in report.items for metric in item.counts})
    return Evaluation(
        version=report.model.version,
        date=datetime.fromisoformat(report.made_at).date(),
        commit=report.commit,
        reason=reason,
        dataset_sha256=report.dataset.sha256,
        dataset_items=report.dataset.items,
        report_sha256=report_sha256,
        counts={metric: sum_counts(report.items, metric) for metric in metrics},
        windows=report.windows,
    )


def refuse_other_version(manifest: ModelManifest, weights: Mapping[str, str], report: Report) -> None:
    """Raises Refused: when the report is not of what the manifest says, or of no commit."""
    thresholds = {name: one.value for name, one in manifest.thresholds.items()}
    facts = (
        ("model", manifest.check, report.model.check),
        ("name", manifest.name, report.model.name),
        ("version", manifest.version, report.model.version),
        ("weights", dict(weights), report.weights),
        ("thresholds", thresholds, report.thresholds),
    )
    wrong = [f"{what}: the report has {seen}, the manifest {own}" for what, own, seen in facts if own != seen]
    if "-dirty" in report.commit or report.commit == "unknown":
        wrong.append(f"commit: the services were {report.commit} when they were evaluated; commit them first")
    if wrong:
        raise Refused(
            f"the report is of another version than {manifest.version} here", detail="\n".join(wrong)
        )
