"""`sre model gate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sre_cli.commands import AsJson
from sre_cli.commands.model import Model

if TYPE_CHECKING:
    from sre_cli.core.evaluation.gate import Verdict

Candidate = Annotated[Path, typer.Option(metavar="REPORT.json", help="Of the version to be promoted.")]
Compared = Annotated[
    Path | None,
    typer.Option(metavar="REPORT.json", help="What it is compared with; without it, the manifest's figures."),
]


def gate(model: Model, candidate: Candidate, reference: Compared = None, as_json: AsJson = False) -> None:
    """Say whether a version may take its predecessor's place; exit code 3 when not.

    Both must have been asked the same items. For every kind of mistake in the manifest's `gate.margins`,
    its rate must not be higher by the margin, with 95 % confidence: Tango's score test of paired items, a
    bootstrap over documents. A rate that is significantly higher is `worse`; too few items are
    `inconclusive`, which is a no as well. The manifest keeps totals alone: compared with those, versions
    are taken to share as few mistakes as they can; a report as the reference tells more.

    \b
    Examples:
      sre model gate face-match --candidate after/report.json --reference before/report.json
      sre model gate face-match --candidate after/report.json --json | jq '.lines[] | {metric, word}'

    \b
    Exit codes: 0 it may, 2 wrong words or files, 3 it may not.
    """
    from sre_cli.core.evaluation.texts import refuse_unless_passed

    verdict = decide(model, candidate, reference)
    print_verdict(verdict, as_json)
    refuse_unless_passed(verdict)


def decide(model: str, candidate: Path, reference: Path | None) -> Verdict:
    """Raises Refused: when there is nothing to compare with."""
    from sre_cli import wiring_model
    from sre_cli.core.evaluation.gate import Reference, decide
    from sre_cli.errors import Refused
    from sre_cli.specs.evaluation import Report

    manifest, report = wiring_model.manifest(model), Report.load(candidate)
    if reference:
        return decide(manifest, report, Reference.of_report(Report.load(reference)))
    if manifest.evaluation is None:
        raise Refused(
            f"{model} was never promoted: its manifest has no figures", hint="--reference REPORT.json"
        )
    return decide(manifest, report, Reference.of_manifest(model, manifest.evaluation))


def print_verdict(verdict: Verdict, as_json: bool) -> None:
    """The evidence, line by line."""
    from sre_cli.console import print_json, print_table
    from sre_cli.core.evaluation import texts

    if as_json:
        print_json(texts.verdict_json(verdict))
        return
    if verdict.lines:
        print_table(texts.GATE_HEADERS, [texts.gate_row(line) for line in verdict.lines])
        typer.echo()
    typer.echo("\n".join(texts.describe_verdict(verdict)))
