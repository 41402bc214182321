"""Builds the adapters of `sre model`, which runs models on this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sre_cli.specs.paths import project_root
from sre_cli.wiring import metrics, need_modules

if TYPE_CHECKING:
    from sre_cli.core.evaluation.labelled import Labelled
    from sre_cli.core.evaluation.retraining import Evidence
    from sre_cli.flows.evaluate import Circumstances
    from sre_cli.specs.evaluation import Report
    from sre_cli.specs.manifest import Evaluation, ModelManifest, WeightsFile

REPORTS = Path("reports/model")


def manifests() -> list[ModelManifest]:
    """Every model's."""
    from sre_cli.adapters.manifest_files import model_names

    return [manifest(name) for name in model_names(project_root())]


def manifest(check: str, root: Path | None = None) -> ModelManifest:
    """One model's, of this project or another checkout. Raises UsageError naming the models there are."""
    from sre_cli.adapters.manifest_files import read_manifest

    return read_manifest(root or project_root(), check)


def weights(of: ModelManifest) -> dict[str, WeightsFile]:
    """Its pinned files."""
    from sre_cli.adapters.manifest_files import read_weights

    return read_weights(project_root(), of)


def prepare_place(folder: Path) -> None:
    """Make the folder of a report. Raises UsageError: when nothing can be written there, or drawn at all."""
    need_modules(("matplotlib",), "load")
    from sre_cli.adapters.demo_report import prepare_place

    prepare_place(folder / "report.json")


def evaluate(
    check: str,
    folder: Path,
    limit: int | None,
    checkout: Path | None,
    python: str | None,
    say: Callable[[str], None],
) -> Report:
    """Ask a version about the items of a folder: this project's, or that of another checkout."""
    from sre_cli.adapters.labelled_folder import dataset_sha256, load_items
    from sre_cli.adapters.model_process import ModelProcess
    from sre_cli.core.evaluation.labelled import spread
    from sre_cli.flows.evaluate import Evaluate
    from sre_cli.specs.evaluation import Dataset

    root = (checkout or project_root()).resolve()
    task = manifest(check, root).task
    found: list[Labelled] = load_items(folder, task)
    items = spread(found, limit)
    dataset = Dataset(folder=str(folder), sha256=dataset_sha256(items), items=len(items), of=len(found))
    model = ModelProcess(check, root, python or sys.executable)
    return Evaluate(model, task, say).run(items, dataset, _circumstances(root))


def write_report(report: Report, folder: Path) -> Path:
    """Both files of a report."""
    from sre_cli.adapters.evaluation_report import write_report

    return write_report(report, folder)


def write_evaluation(check: str, evaluation: Evaluation) -> Path:
    """The figures of a manifest."""
    from sre_cli.adapters.manifest_files import write_evaluation

    return write_evaluation(project_root(), check, evaluation)


def file_sha256(path: Path) -> str:
    """Of a file."""
    from sre_cli.adapters.manifest_files import file_sha256

    return file_sha256(path)


def fetch_evidence(check: str, env: str, days: int) -> Evidence:
    """What the environment's Prometheus knows. Raises UsageError: where it has none."""
    from sre_cli.errors import UsageError
    from sre_cli.flows.retrain_check import fetch_evidence

    prometheus = metrics(env)
    if prometheus is None:
        raise UsageError(f"{env} has no Prometheus that operators reach", hint="--from FILE.json")
    return fetch_evidence(prometheus, check, days)


def _circumstances(root: Path) -> Circumstances:
    from datetime import UTC, datetime

    from sre_cli.adapters.machine import machine_facts
    from sre_cli.adapters.model_process import commit_of
    from sre_cli.flows.evaluate import Circumstances

    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    return Circumstances(commit_of(root), made_at, machine_facts())
