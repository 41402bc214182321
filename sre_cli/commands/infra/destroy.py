"""`sre infra destroy`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from typing import Annotated

import typer

from sre_cli.commands import AsJson, Env
from sre_cli.errors import Refused


def destroy(
    env: Env,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove the cluster, its data and everything else that `up` made. Asks first, naming what is lost.

    \b
    Examples:
      sre infra destroy local
      sre infra destroy e2e --yes
    """
    from sre_cli import wiring
    from sre_cli.console import print_json

    environment = wiring.environment(env)
    if not yes:
        _confirm(env, environment.resources())
    done = environment.destroy()
    if as_json:
        print_json(done)
    else:
        typer.echo(f"{done.env} is gone: {len(done.changes)} resources removed")


def _confirm(env: str, resources: Iterable[tuple[str, str]]) -> None:
    if not sys.stdin.isatty():
        raise Refused(f"nobody can be asked whether {env} may go", hint=f"sre infra destroy {env} --yes")
    typer.echo(f"{env} would be removed, with the data on it:", err=True)
    for kind, count in sorted(Counter(kind for kind, _ in resources).items()):
        typer.echo(f"  {count:>3} {kind}", err=True)
    if typer.prompt(f"Type {env} to go on", default="", show_default=False, err=True) != env:
        raise Refused("nothing was removed")
