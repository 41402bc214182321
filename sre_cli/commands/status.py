"""`sre status`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sre_cli.core.job_status import JobStatus
    from sre_cli.core.status import Status

NOT_WELL = 3
WATCH_S = 5.0
CLEAR = "\x1b[H\x1b[2J"


def status(
    job: Annotated[str | None, typer.Argument(help="One job, closely.")] = None,
    env: Annotated[str, typer.Option(help="Environment.")] = "local",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Look again every 5 s, until Ctrl-C.")] = False,
) -> None:
    """Show an environment at a glance: zones, servers, nodes, jobs, queues, callers, alerts; or one job.

    An engine that does not answer leaves its part out and is named. Of a job: where it runs, which version of
    it, the containers that fail and why, its rollout, and what was done to it last.

    \b
    Examples:
      sre status
      sre status --watch
      sre status face-match-worker
      sre status --env aws-prod --json | jq -r '.problems[]'

    \b
    Exit codes: 0 all is well, 2 there is no such job, 3 something is not, 4 nobody can be asked.
    """
    while True:
        wrong = _look_at_job(job, env, as_json, watch) if job else _look(env, as_json, watch)
        if not watch:
            break
        time.sleep(WATCH_S)
    if wrong:
        raise typer.Exit(NOT_WELL)


def _look(env: str, as_json: bool, watch: bool) -> list[str]:
    from sre_cli import wiring
    from sre_cli.core.status import problems
    from sre_cli.core.status_text import status_lines

    seen = wiring.look(env).run()
    wrong = problems(seen)
    _print(seen, status_lines(seen), wrong, as_json, watch)
    return wrong


def _look_at_job(job: str, env: str, as_json: bool, watch: bool) -> list[str]:
    from sre_cli import wiring
    from sre_cli.core.job_status import job_status_lines
    from sre_cli.flows.job_status import job_status

    engines = wiring.orchestrator(env), wiring.catalog(env), wiring.ledger(env)
    seen = job_status(env, job, *engines, time.time())
    wrong = seen.problems()
    _print(seen, job_status_lines(seen), wrong, as_json, watch)
    return wrong


def _print(
    seen: Status | JobStatus, lines: Iterable[str], wrong: list[str], as_json: bool, watch: bool
) -> None:
    import dataclasses
    import json

    if as_json:
        told = {**dataclasses.asdict(seen), "problems": wrong}
        # An entry of the history is a model, with moments in it.
        typer.echo(json.dumps(told, default=lambda one: one.model_dump(mode="json")))
        return
    if watch and sys.stdout.isatty():
        typer.echo(CLEAR, nl=False)
    for line in lines:
        typer.echo(line)
    typer.echo()
    for problem in wrong:
        typer.secho(f"- {problem}", fg="red")
    typer.secho("all is well" if not wrong else f"{len(wrong)} not as it should be", bold=True)
