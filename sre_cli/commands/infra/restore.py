"""`sre infra restore`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sre_cli.commands import AsJson, Env
from sre_cli.errors import Refused


def restore(
    env: Env,
    folder: Annotated[
        Path, typer.Argument(metavar="SNAPSHOT", help="Folder that `sre infra snapshot` wrote.")
    ],
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Just this: nomad, consul, postgres.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Replace the state of Nomad, Consul and PostgreSQL by a snapshot's. What came after it is lost.

    \b
    Examples:
      sre infra restore local ~/.local/state/sre-snapshots/local-20261122T230000Z
      sre infra restore local /backup/monday --only postgres --yes
    """
    from sre_cli import wiring_state
    from sre_cli.console import Progress, print_json

    with Progress(quiet=as_json) as progress:
        ready = wiring_state.prepare_restore(env, folder, only or [], progress.say)
        progress.clear()
        restored = [part.name for part in ready.parts]
        names = ", ".join(restored)
        if not yes:
            _confirm(
                ready.env, f"{names} of {ready.env} would go back to {ready.taken_at:%Y-%m-%d %H:%M} UTC"
            )
        with wiring_state.alone(env):
            ready.run()
    if as_json:
        print_json({"env": ready.env, "restored": restored})
    else:
        typer.echo(f"{ready.env}: {names} restored")


def _confirm(env: str, what: str) -> None:
    if not sys.stdin.isatty():
        raise Refused(f"nobody can be asked whether {what}", hint="--yes")
    typer.echo(f"{what}; what came after would be lost", err=True)
    if typer.prompt(f"Type {env} to go on", default="", show_default=False, err=True) != env:
        raise Refused("nothing was restored")
