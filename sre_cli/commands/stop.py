"""`sre stop`."""

from __future__ import annotations

from typing import Annotated

import typer


def stop(
    jobs: Annotated[list[str], typer.Argument(help="Jobs, stopped in this order.")],
    env: Annotated[str, typer.Option(help="Environment.")] = "local",
) -> None:
    """Stop jobs and wait until their last container has drained. Data volumes stay.

    \b
    Examples:
      sre stop face-match-worker
      sre stop api face-match-worker
    """
    from sre_cli import wiring
    from sre_cli.console import Progress

    for job in jobs:
        with Progress() as progress:
            seconds = wiring.stopper(env, progress.say).run(wiring.job_spec(job))
        typer.echo(f"{job}: stopped in {seconds} s")
