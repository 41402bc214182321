"""`sre infra outputs`."""

from __future__ import annotations

import typer

from sre_cli.commands import AsJson, Env


def outputs(env: Env, as_json: AsJson = False) -> None:
    """Print the addresses of the cluster's engines.

    \b
    Examples:
      sre infra outputs local
      export NOMAD_ADDR=$(sre infra outputs local --json | jq -r .nomad_url)
    """
    from sre_cli import wiring
    from sre_cli.specs.outputs import Outputs

    found = Outputs.load(wiring.cluster_spec(env).env)
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    for name, value in found.model_dump().items():
        typer.echo(f"{name:<18} {value}")
