"""`sre drain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sre_cli.flows.drain import Drain


def drain(
    node: Annotated[str, typer.Argument(help="A machine of `sre status`.")],
    undo: Annotated[bool, typer.Option("--undo", help="Let it take jobs again.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Although a job cannot run elsewhere.")] = False,
    env: Annotated[str, typer.Option(help="Environment.")] = "local",
    why: Annotated[str, typer.Option(help="Goes into the history.", envvar="SRE_WHY")] = "",
    plan: Annotated[bool, typer.Option("--plan", help="Show what runs there; change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Move away what a machine runs, and wait until all of it is healthy elsewhere.

    Its containers drain as in a deploy; a job of one allocation is away until it has started elsewhere. The
    machine takes no jobs until `--undo`. One that holds a job's data, or without which there are too few for
    a job, is left alone without --force: such a job stops at once, until the machine is back. Ctrl-C lets it
    take jobs again; what has moved stays where it is.

    \b
    Examples:
      sre drain e2e-workers-0 --plan
      sre drain aws-prod-gpu-3 --env aws-prod --why "its GPU throttles"
      sre drain aws-prod-gpu-3 --env aws-prod --undo

    \b
    Exit codes: 0 drained, or takes jobs again, 2 wrong words or no such machine, 3 a job cannot run
    elsewhere, it is drained already, or somebody else is at it, 4 an engine does not answer,
    5 not healthy elsewhere in time, 130 interrupted.
    """
    from sre_cli import wiring_deploy
    from sre_cli.console import Progress, print_json

    with Progress(quiet=as_json) as progress:
        flow = wiring_deploy.drain(env, progress.say, why)
        if plan:
            _print_plan(flow, node, as_json)
            return
        if undo:
            flow.resume(node)
            typer.echo(f"{node}: takes jobs again")
            return
        done = wiring_deploy.interruptible(flow, lambda: flow.run(node, forced=force))
    if as_json:
        print_json(done)
        return
    moved = ", ".join(done.moved) or "nothing ran there"
    typer.echo(f"{node}: drained in {done.seconds} s ({moved}); it takes no jobs until --undo")


def _print_plan(flow: Drain, node: str, as_json: bool) -> None:
    from sre_cli.console import print_json

    placed, stuck = flow.plan(node)
    for one in placed:
        if as_json:
            print_json(one)
        else:
            typer.echo(f"{one.job} {one.id[:8]}: {stuck.get(one.job, 'would move')}")
