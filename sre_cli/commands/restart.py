"""`sre restart`."""

from __future__ import annotations

from typing import Annotated

import typer


def restart(
    job: Annotated[str, typer.Argument(help="The job.")],
    env: Annotated[str, typer.Option(help="Environment.")] = "local",
    why: Annotated[str, typer.Option(help="Goes into the history.", envvar="SRE_WHY")] = "",
    plan: Annotated[bool, typer.Option("--plan", help="Show the order; change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Replace every allocation of a job by a new one of the same version, one at a time.

    Each drains as in a deploy, and the next is touched only when the new one passes its checks: zone by zone,
    the odd ones before the even ones, so that a restart that goes wrong leaves most of them alone. A variable
    that was changed in Nomad is read anew. Ctrl-C ends it between two allocations.

    \b
    Examples:
      sre restart face-match-worker --plan
      sre restart api --why "its database password was rotated"

    \b
    Exit codes: 0 restarted, 2 wrong words or nothing of it runs, 3 somebody else is changing it, or a
    rollout is under way, 4 an engine does not answer, 5 a new allocation is not healthy, 130 interrupted.
    """
    from sre_cli import wiring, wiring_deploy
    from sre_cli.console import Progress, print_json

    spec = wiring.job_spec(job)
    with Progress(quiet=as_json) as progress:
        flow = wiring_deploy.restart(env, progress.say, why)
        if plan:
            order = flow.plan(spec)
            progress.clear()
            for one in order:
                print_json(one) if as_json else typer.echo(f"{job}: {one.id[:8]} on {one.node}")
            return
        done = wiring_deploy.interruptible(flow, lambda: flow.run(spec))
    if as_json:
        print_json(done)
        return
    typer.echo(f"{job}: {done.allocations} allocation(s) replaced in {done.seconds} s, healthy")
