"""`sre history`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sre_cli.specs.history import Entry

_COLOURS = {"failed": "red", "left alone": "yellow", "unknown": "yellow", "running": "cyan"}


def history(
    job: Annotated[str | None, typer.Argument(help="One job; without it, all.")] = None,
    since: Annotated[str, typer.Option(help="How far back: 90m, 3h, 2d.")] = "7d",
    env: Annotated[str, typer.Option(help="Environment.")] = "local",
    details: Annotated[bool, typer.Option("--details", help="Plans, and why what failed failed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON array on stdout.")] = False,
) -> None:
    """Show what changed, the newest first: who, what, why, and what came of it.

    The first question of an incident: was there a deploy or a change of configuration? Changes that were not
    made by `sre` are shown too, as far as Nomad remembers them: versions of jobs, and when a job's variables
    were last written.

    \b
    Examples:
      sre history --since 3h
      sre history api --details
      sre history --since 1d --json | jq '.[] | select(.result != "healthy")'

    \b
    Exit codes: 0 shown, also when nothing changed; 2 wrong words, 4 an engine does not answer.
    """
    from datetime import UTC, datetime

    from sre_cli import wiring
    from sre_cli.core.history import parse_span
    from sre_cli.flows.history import history as find

    began_at = datetime.now(UTC) - parse_span(since)
    found = find(wiring.ledger(env), wiring.orchestrator(env), job, began_at)
    if as_json:
        import json

        typer.echo(json.dumps([entry.model_dump(mode="json") for entry in found], indent=2))
    elif found:
        _print(found, details)
    else:
        typer.echo(f"nothing changed within {since}")


def _print(found: list[Entry], details: bool) -> None:
    from sre_cli.core.history import table_row

    rows = [("WHEN", "JOB", "WHAT", "BY", "VERSIONS", "RESULT", "TOOK", "WHY"), *map(table_row, found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row, entry in zip(rows, [None, *found], strict=True):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        typer.secho(line, fg=_COLOURS.get(entry.result) if entry else None)
        for more in (*entry.changes, *entry.evidence.splitlines()) if entry and details else ():
            typer.echo(f"    {more}")
