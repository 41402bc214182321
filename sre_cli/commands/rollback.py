"""`sre rollback`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sre_cli.flows.rollback import Earlier


def rollback(
    job: Annotated[str, typer.Argument(help="The job.")],
    to: Annotated[int | None, typer.Option(help="Nomad's number of the version.")] = None,
    env: Annotated[str, typer.Option(help="Environment.")] = "local",
    why: Annotated[str, typer.Option(help="Goes into the history.", envvar="SRE_WHY")] = "",
    plan: Annotated[bool, typer.Option("--plan", help="Show what would change; change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Bring a job back to what ran before, and wait until every container is healthy.

    That is the last version that was healthy and is not what runs now, as Nomad remembers it: image, counts
    and environment together, whatever the files of this checkout say. Rolls like a deploy, and is undone like
    one when it fails. Secrets and variables are not part of it.

    \b
    Examples:
      sre rollback api --plan
      sre rollback api --why "p95 doubled since the deploy of 14:02"
      sre rollback face-match-worker --to 12

    \b
    Exit codes: 0 healthy, 2 wrong words or no such version, 3 nothing to go back to, no image or node for it,
    or somebody else is changing it (nothing changed), 4 an engine does not answer, 5 not healthy,
    130 interrupted.
    """
    from sre_cli import wiring, wiring_deploy
    from sre_cli.console import Progress, print_json

    spec = wiring.job_spec(job)
    with Progress(quiet=as_json) as progress:
        flow = wiring_deploy.rollback(env, progress.say, why)
        earlier = flow.find(job, to)
        if plan:
            progress.clear()
            _print_plan(job, earlier, as_json)
            return
        outcome = wiring_deploy.interruptible(flow.deploy, lambda: flow.run(spec, earlier))
    if as_json:
        print_json(outcome)
        return
    did = f"healthy after {outcome.seconds} s" if outcome.changed else "runs already"
    typer.echo(f"{job}: back at {outcome.version}, version {earlier.version.number} of the job: {did}")


def _print_plan(job: str, earlier: Earlier, as_json: bool) -> None:
    from sre_cli.console import print_json

    if as_json:
        print_json(earlier.version)
        return
    number, version = earlier.version.number, earlier.version.version
    typer.echo(f"{job}: would go back to {version}, version {number} of the job")
    for line in earlier.lines:
        typer.echo(line)
