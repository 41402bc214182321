"""`sre infra snapshot`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sre_cli.commands import AsJson, Env


def snapshot(
    env: Env,
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder to write; one of the time otherwise.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Just this: nomad, consul, postgres.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Save the state of Nomad, Consul and PostgreSQL, with sums. It holds secrets: only you may read it.

    \b
    Examples:
      sre infra snapshot local
      sre infra snapshot aws-prod --to /backup/aws-prod-monday
      sre infra snapshot local --only nomad --only consul
    """
    from sre_cli import wiring_state
    from sre_cli.console import Progress

    with Progress(quiet=as_json) as progress:
        manifest, folder = wiring_state.take_snapshot(env, to, only or [], progress.say)
    if as_json:
        typer.echo(manifest.model_dump_json(indent=2))
        return
    for part in manifest.parts:
        typer.echo(f"{part.name:<9} {part.version:<8} {part.size_bytes:>12,} bytes  {part.sha256[:16]}")
    for note in manifest.notes:
        typer.echo(f"not in it: {note}")
    typer.echo(f"{folder}: holds the cluster's secrets; readable by you alone, keep it so")
