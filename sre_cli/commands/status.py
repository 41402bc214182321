"""`sre status`."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sre_cli.core.status import Status

NOT_WELL = 3
WATCH_S = 5.0
CLEAR = "\x1b[H\x1b[2J"


def status(
    env: Annotated[str, typer.Option(help="Environment.")] = "local",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Look again every 5 s, until Ctrl-C.")] = False,
) -> None:
    """Show an environment at a glance: zones, servers, nodes, jobs, queues, callers, alerts.

    An engine that does not answer leaves its part out and is named.

    \b
    Examples:
      sre status
      sre status --watch
      sre status --env aws-prod --json | jq -r '.problems[]'

    \b
    Exit codes: 0 all is well, 3 something is not, 4 nobody can be asked.
    """
    from sre_cli import wiring
    from sre_cli.core.status import problems

    look = wiring.look(env)
    while True:
        seen = look.run()
        wrong = problems(seen)
        _print(seen, wrong, as_json, watch)
        if not watch:
            break
        time.sleep(WATCH_S)
    if wrong:
        raise typer.Exit(NOT_WELL)


def _print(seen: Status, wrong: list[str], as_json: bool, watch: bool) -> None:
    import dataclasses
    import json

    from sre_cli.core.status_text import status_lines

    if as_json:
        typer.echo(json.dumps({**dataclasses.asdict(seen), "problems": wrong}))
        return
    if watch and sys.stdout.isatty():
        typer.echo(CLEAR, nl=False)
    for line in status_lines(seen):
        typer.echo(line)
    typer.echo()
    for problem in wrong:
        typer.secho(f"- {problem}", fg="red")
    typer.secho("all is well" if not wrong else f"{len(wrong)} not as it should be", bold=True)
