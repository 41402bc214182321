"""`sre infra upgrade`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from sre_cli.commands import AsJson, Env


class Engine(StrEnum):
    """What can be upgraded."""

    NOMAD = "nomad"
    CONSUL = "consul"


def upgrade(
    env: Env,
    engine: Annotated[Engine, typer.Argument(help="Which agents.")],
    version: Annotated[str, typer.Argument(metavar="VERSION", help="For example 1.10.1.")],
    only_plan: Annotated[bool, typer.Option("--plan", help="Print the order and change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Upgrade one agent after the other: servers first, the leader last, then clients, drained before.

    Every server must be healthy before the next agent's turn. It stops at the first that does not come
    back; run it again to go on there.

    \b
    Examples:
      sre infra upgrade aws-prod nomad 1.10.1 --plan
      sre infra upgrade aws-prod nomad 1.10.1
    """
    from sre_cli import wiring_state
    from sre_cli.console import Progress, print_json, print_table

    with Progress(quiet=as_json) as progress:
        flow = wiring_state.upgrade(env, engine, progress.say)
        if only_plan:
            agents = flow.plan(version)
        else:
            with wiring_state.alone(env):
                done = flow.run(version)
    if only_plan and as_json:
        print_json(agents)
    elif only_plan:
        kinds = {True: "server", False: "client"}
        rows = [(i, one.node, kinds[one.is_server], one.version, version) for i, one in enumerate(agents, 1)]
        print_table(["TURN", "NODE", "KIND", "FROM", "TO"], rows)
    elif as_json:
        print_json(done)
    else:
        typer.echo(
            f"{done.env}: {len(done.nodes)} agents went to {engine} {version} in {done.seconds:.0f} s"
            if done.nodes
            else f"{done.env}: every agent runs {engine} {version} already"
        )
