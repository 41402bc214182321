"""`sre model show`."""

from __future__ import annotations

import typer

from sre_cli.commands import AsJson
from sre_cli.commands.model import Model


def show(model: Model, as_json: AsJson = False) -> None:
    """Show a model's manifest: weights and licences, training data, limits, thresholds, figures.

    \b
    Examples:
      sre model show face-match
      sre model show face-liveness --json | jq .thresholds
    """
    from sre_cli import wiring_model
    from sre_cli.console import print_json
    from sre_cli.core.evaluation.texts import describe_model, model_json

    manifest = wiring_model.manifest(model)
    weights = wiring_model.weights(manifest)
    if as_json:
        print_json(model_json(manifest, weights))
    else:
        typer.echo("\n".join(describe_model(manifest, weights)))
