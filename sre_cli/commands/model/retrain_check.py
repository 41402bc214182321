"""`sre model retrain-check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sre_cli.commands import AsJson
from sre_cli.commands.model import Model

if TYPE_CHECKING:
    from sre_cli.core.evaluation.retraining import Advice, Evidence

EXIT = {"not due": 0, "due": 3, "not enough data": 4}


def retrain_check(
    model: Model,
    env: Annotated[str, typer.Option(help="Environment, whose Prometheus is asked.")] = "local",
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE.json", help="Figures, in place of a Prometheus.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=365, help="Of feedback.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Say from drift and feedback whether retraining is due, why, and what is missing to tell.

    Due: a watched number whose population stability index is 0.25 or more, or wrong answers above the
    manifest's `retraining.disagreement_ratio_max` with 95 % confidence. From 0.1 on it is named. Not due: all
    was seen, and none of that.

    \b
    Examples:
      sre model retrain-check face-match
      sre model retrain-check face-match --env aws-prod --days 90 --json
      echo '{"psi": {"score": 0.3}, "feedback": {"events": 9, "total": 400}}' > drift.json
      sre model retrain-check face-match --from drift.json

    \b
    Exit codes: 0 not due, 2 wrong words or files, 3 due, 4 not enough data or no Prometheus.
    """
    from sre_cli import wiring_model
    from sre_cli.console import print_json
    from sre_cli.core.evaluation.retraining import advise

    manifest = wiring_model.manifest(model)
    evidence = _read(source) if source else wiring_model.fetch_evidence(model, env, days)
    advice = advise(evidence, tuple(manifest.windows), manifest.retraining)
    if as_json:
        print_json(advice)
    else:
        _print(model, advice)
    if code := EXIT[advice.due]:
        raise typer.Exit(code)


def _read(source: Path) -> Evidence:
    from sre_cli.core.evaluation.retraining import Evidence
    from sre_cli.specs.drift import DriftFile

    seen = DriftFile.load(source)
    return Evidence(seen.psi, seen.feedback)


def _print(model: str, advice: Advice) -> None:
    typer.secho(f"{model}: retraining is {advice.due}" if advice.due != "not enough data"
                else f"{model}: not enough data to tell", bold=True)  # fmt: skip
    for title, lines in (("why", advice.reasons), ("watch", advice.watch), ("missing", advice.missing)):
        for line in lines:
            typer.echo(f"{title:<8} {line}")
