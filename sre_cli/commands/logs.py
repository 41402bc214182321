"""`sre logs`."""

from __future__ import annotations

from typing import Annotated

import typer

from sre_cli.errors import UsageError


def logs(
    job: Annotated[str, typer.Argument(help="A job.")],
    alloc: Annotated[str | None, typer.Option(help="An allocation's id, or its beginning.")] = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="Last lines of each allocation.")] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as the log grows.")] = False,
    env: Annotated[str, typer.Option(help="Environment.")] = "local",
) -> None:
    """Print what a job's containers wrote, of its newest allocation that ran or of the one named.

    \b
    Examples:
      sre logs api
      sre logs face-match-worker -n 20 --follow
      sre logs api --alloc 3f2a9c1d
    """
    from sre_cli import wiring
    from sre_cli.core.hints import in_env

    orchestrator = wiring.orchestrator(env)
    found = [a for a in orchestrator.allocations(job) if a.id.startswith(alloc or "")]
    if not found:
        hint = in_env(env, "sre jobs")
        raise UsageError(f"job {job!r} has no allocation {alloc or ''}".rstrip(), hint=hint)
    # One that waits for its place has written nothing.
    chosen = next((a for a in found if a.status != "pending"), found[0])
    typer.echo(f"# {job}, allocation {chosen.id[:8]} on {chosen.node}, {chosen.status}", err=True)
    for line in orchestrator.log(chosen.id).splitlines()[-lines:]:
        typer.echo(line)
    if follow:
        for piece in orchestrator.follow_log(chosen.id):
            typer.echo(piece, nl=False)
