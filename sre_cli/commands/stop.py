"""`sre stop`."""

from __future__ import annotations

from typing import Annotated

import typer


def stop(
    jobs: Annotated[list[str], typer.Argument(help="Jobs, stopped in this order.")],
    env: Annotated[str, typer.Option(help="Environment.")] = "local",
    why: Annotated[str, typer.Option(help="Goes into the history.", envvar="SRE_WHY")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a job on stdout.")] = False,
) -> None:
    """Stop jobs and wait until their last container has drained. Data volumes stay.

    \b
    Examples:
      sre stop face-match-worker
      sre stop api face-match-worker
      sre stop api --why "its database is being moved" --json

    \b
    Exit codes: 0 stopped, 2 wrong words or no such job, 3 somebody else is changing it, 4 an engine does
    not answer, 5 something still runs after the time to drain, 130 interrupted.
    """
    from sre_cli import wiring
    from sre_cli.console import Progress, print_json

    for spec in [wiring.job_spec(job) for job in jobs]:
        with Progress(quiet=as_json) as progress:
            stopped = wiring.stopper(env, progress.say, why).run(spec)
        if as_json:
            print_json(stopped)
        else:
            typer.echo(f"{stopped.job}: stopped in {stopped.seconds} s")
