"""`sre model promote`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sre_cli.commands import AsJson
from sre_cli.commands.model import Model
from sre_cli.commands.model.gate import Candidate, Compared, decide, print_verdict

if TYPE_CHECKING:
    from sre_cli.specs.manifest import ModelManifest


def promote(
    model: Model,
    candidate: Candidate,
    reference: Compared = None,
    baseline: Annotated[
        str | None, typer.Option(metavar="REASON", help="For a model that was never promoted: no gate yet.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a report's figures into the manifest, once the gate lets the version pass.

    The report must be of the version, weights and thresholds that this checkout has, and of a commit. Commit
    the manifest afterwards: the next version is compared with it.

    \b
    Examples:
      sre model promote face-match --candidate after/report.json --reference before/report.json
      sre model promote face-match --candidate report.json --baseline 'first version'

    \b
    Exit codes: 0 written, 2 wrong words or files, 3 refused: nothing was written.
    """
    from sre_cli import wiring_model
    from sre_cli.core.evaluation.promotion import figures_of, refuse_other_version
    from sre_cli.core.evaluation.texts import refuse_unless_passed
    from sre_cli.errors import UsageError
    from sre_cli.specs.evaluation import Report

    manifest, report = wiring_model.manifest(model), Report.load(candidate)
    weights = {name: one.sha256 for name, one in wiring_model.weights(manifest).items()}
    refuse_other_version(manifest, weights, report)
    if baseline is None:
        verdict = decide(model, candidate, reference)
        print_verdict(verdict, as_json)
        refuse_unless_passed(verdict)
    elif manifest.evaluation:
        raise UsageError(f"{model} has figures already: a baseline is for the first time alone")
    reason = baseline or f"passed the gate against {_predecessor(manifest, reference is not None)}"
    written = wiring_model.write_evaluation(
        model, figures_of(report, reason, wiring_model.file_sha256(candidate))
    )
    typer.echo(f"promoted: {model} {report.model.version}; commit {written}", err=as_json)


def _predecessor(manifest: ModelManifest, by_report: bool) -> str:
    if by_report or manifest.evaluation is None:
        return "a report"
    return f"the figures of {manifest.evaluation.version}"
