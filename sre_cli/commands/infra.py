"""`sre infra`: the cluster of an environment."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="Bring an environment's cluster up and down.", no_args_is_help=True)

Env = Annotated[str, typer.Argument(metavar="ENV", help="An environment of stacks/clusters/.")]


@app.command()
def up(env: Env) -> None:
    """Bring the cluster up; what already runs is left alone.

    \b
    Examples:
      sre infra up local
    """
    from sre_cli import wiring

    spec = wiring.cluster_spec(env)
    outputs = wiring.cloud(spec).up(spec)
    typer.echo(f"{spec.env} is up: Nomad {outputs.nomad_url}, Consul {outputs.consul_url}")


@app.command()
def destroy(
    env: Env,
    purge: Annotated[bool, typer.Option("--purge", help="Remove the data and the volumes too.")] = False,
) -> None:
    """Stop every job, let the containers drain, and end the cluster. Data stays without --purge.

    \b
    Examples:
      sre infra destroy local
      sre infra destroy local --purge
    """
    from sre_cli import wiring

    spec = wiring.cluster_spec(env)
    wiring.cloud(spec).destroy(spec, purge=purge)
    typer.echo(f"{spec.env} is down" + (", its data removed" if purge else ", its data kept"))


@app.command()
def outputs(env: Env, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
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
        typer.echo(f"{name:<12} {value}")
