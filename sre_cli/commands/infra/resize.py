"""`sre infra resize`."""

from __future__ import annotations

from typing import Annotated

import typer

from sre_cli.commands import AsJson, Env


def resize(
    env: Env,
    pool: Annotated[str, typer.Argument(help="A pool of the environment.")],
    size: Annotated[int, typer.Argument(help="How many nodes it is to have.", min=0)],
    as_json: AsJson = False,
) -> None:
    """Give a pool another number of nodes, and wait until they are healthy; what leaves is drained first.

    The size stays until the next resize, within the spec's min and max. On aws and gcp the size belongs to
    the cloud's group: this says where.

    \b
    Examples:
      sre infra resize local workers 4
      sre infra resize local workers 2 --json
    """
    from sre_cli import wiring
    from sre_cli.console import print_json

    brought = wiring.environment(env).resize(pool, size)
    if as_json:
        print_json(brought)
        return
    typer.echo(f"{pool} of {brought.env} has {size} nodes, healthy after {brought.seconds:.0f} s")
