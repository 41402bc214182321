"""`sre infra up`."""

from __future__ import annotations

from typing import Annotated

import typer

from sre_cli.commands import AsJson, Env


def up(
    env: Env,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the cluster up and wait until it is healthy; heal what was broken by hand.

    A run that was killed is gone on with. Ctrl-C ends what is under way first.

    \b
    Examples:
      sre infra up local
      sre infra up aws-prod --plan
    """
    from sre_cli import wiring
    from sre_cli.commands.infra.preview import preview
    from sre_cli.console import print_json
    from sre_cli.specs.outputs import Outputs

    if plan:
        preview(env, as_json)
        return
    brought = wiring.environment(env).up()
    if as_json:
        print_json(brought)
        return
    outputs = Outputs.load(brought.env)
    typer.echo(f"{brought.env} is up: {len(brought.changes)} changes, healthy after {brought.seconds:.0f} s")
    typer.echo(f"Nomad {outputs.nomad_url}, Consul {outputs.consul_url}, API {outputs.api_url}")
