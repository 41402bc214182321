"""`sre deploy`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from sre_cli.errors import Refused, UsageError

if TYPE_CHECKING:
    from sre_cli.core.deployment import Plan
    from sre_cli.flows.deploy import Deploy, Outcome
    from sre_cli.flows.waves import Prepared

_COLOURS = {"+": "green", "-": "red", "~": "yellow"}


def deploy(  # noqa: PLR0913, PLR0917 - its options
    jobs: Annotated[list[str] | None, typer.Argument(help="Jobs, deployed in this order.")] = None,
    all_jobs: Annotated[bool, typer.Option("--all", help="Every job of the environment.")] = False,
    version: Annotated[
        str | None, typer.Option(help="Image tag; without it, the one that this working tree builds.")
    ] = None,
    env: Annotated[str, typer.Option(help="Environment.")] = "local",
    why: Annotated[str, typer.Option(help="Goes into the history.", envvar="SRE_WHY")] = "",
    ungated: Annotated[
        bool, typer.Option("--ungated", help="Health checks alone decide, not what it measures; needs --why.")
    ] = False,
    override: Annotated[
        bool, typer.Option("--override", help="Although an error budget is spent; needs --why.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would change; change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a job on stdout.")] = False,
) -> None:
    """Bring jobs to a version and wait until every container is healthy.

    A job that already runs as asked is left alone. What the environment's registry lacks of the images is
    pushed first. What runs is replaced an allocation at a time; the first one is watched for the job's
    `rollout.soak_s`, and all of them by its `rollout.gates` (errors, slow answers, memory, age of the queue).
    Where an error budget of its `rollout.slos` is spent it is refused, and undone where one burns meanwhile.
    When the new version fails or measures badly, it is undone: its log and the gates' evidence are shown, and
    the last healthy version runs again. With --all, the engines are deployed side by side, then the other
    jobs. While one run changes a job no other can, and `sre history` tells who did, and why. Ctrl-C undoes
    what is under way; once more leaves it as it is.

    \b
    Examples:
      sre deploy api --plan
      sre deploy api face-match-worker
      sre deploy face-match-worker --version 3f2a9c1d04be --why "back before the new threshold"
      sre deploy api --ungated --why "the alert is about the gate itself"
      sre deploy api --override --why "mends the 5xx that spent the budget"
      sre deploy --all --json

    \b
    Exit codes: 0 healthy or nothing to do, 2 wrong words or file, 3 no image, no node or no error
    budget for it, or somebody else is changing it (nothing changed), 4 an engine does not answer,
    5 not healthy or measuring badly, and undone, 130 interrupted.
    """
    from sre_cli import wiring_deploy

    reason = _reason(why, ungated=ungated, override=override)
    # All are rendered, and their images found, before any is touched: a typo in the last one must not
    # leave half a deploy behind.
    waves = [[_prepare(job, version, env) for job in wave] for wave in _waves(jobs or [], all_jobs, env)]
    if plan:
        _print_plans([one for wave in waves for one in wave], env, as_json)
    else:
        deployer = partial(wiring_deploy.deployer, env, gated=not ungated, in_budget=not override)
        _deploy(waves, env, partial(deployer, why=reason), as_json)


def _reason(why: str, *, ungated: bool, override: bool) -> str:
    """What goes into the history. Raises UsageError: a check is turned off without one."""
    off = [word for word, is_set in (("ungated", ungated), ("override", override)) if is_set]
    if off and not why:
        raise UsageError(f"--{off[0]} needs a reason, which goes into the history", hint='--why "..."')
    return ": ".join([*off, why])


def _waves(jobs: list[str], all_jobs: bool, env: str) -> list[list[str]]:
    """The jobs named, one after the other; or first all engines, which the others need, then the others."""
    from sre_cli.wiring import cluster_spec

    if bool(jobs) == all_jobs:
        raise UsageError("name the jobs to deploy, or use --all", hint="sre deploy api; sre deploy --all")
    if not all_jobs:
        return [[job] for job in jobs]
    cluster = cluster_spec(env)
    return [cluster.engine_jobs, cluster.jobs]


def _prepare(job: str, version: str | None, env: str) -> Prepared:
    from sre_cli import wiring, wiring_slo
    from sre_cli.flows.waves import Prepared

    spec = wiring.job_spec(job)
    wiring_slo.paces(spec)  # a wrong objective is told before anything is touched, too
    target = wiring.target(spec, env, version)
    return Prepared(spec, target, wiring.rendered(spec, target))


def _deploy(
    waves: list[list[Prepared]], env: str, deployer: Callable[[Callable[[str], None]], Deploy], as_json: bool
) -> None:
    from sre_cli.console import Board, Progress
    from sre_cli.core.hints import in_env
    from sre_cli.wiring_deploy import waves as waves_of

    with Progress(quiet=as_json) as progress:
        board = Board(progress)

        def deployed(outcome: Outcome) -> None:
            board.drop(outcome.job)
            _print_outcome(outcome, as_json)

        images = [one.image for wave in waves for one in wave]
        flow = waves_of(env, images, lambda: deployer(board.say), board.say, deployed)
        try:
            flow.run(waves)
        except KeyboardInterrupt:
            if flow.interrupted.is_set():
                again = in_env(env, "sre deploy")
                typer.echo(
                    f"\ninterrupted twice: a rollout that is paused stays so until `{again} JOB`; "
                    "any other goes on by itself",
                    err=True,
                )
            raise


def _print_outcome(outcome: Outcome, as_json: bool) -> None:
    if as_json:
        from sre_cli.console import print_json

        print_json(outcome)
        return
    where = f" at {', '.join(outcome.addresses)}" if outcome.addresses else ""
    did = f"deployed in {outcome.seconds} s" if outcome.changed else "nothing to change"
    typer.echo(f"{outcome.job} {outcome.version}: {did}, healthy{where}")
    for note in outcome.notes:
        typer.secho(f"  {note}", fg="yellow")


def _print_plans(prepared: list[Prepared], env: str, as_json: bool) -> None:
    from sre_cli import wiring_deploy, wiring_slo
    from sre_cli.console import print_json

    refused = []
    for one in prepared:
        plan = wiring_deploy.deployer(env, lambda _: None).plan(one.hcl)
        if as_json:
            print_json(plan)
        else:
            is_rollout = plan.changes and plan.now  # a first start is never refused
            _print_plan(plan, one, wiring_slo.budget_lines(env, one.spec) if is_rollout else [])
        if plan.cannot_place:
            refused.append(f"{plan.job}: fits on no node: {'; '.join(plan.cannot_place)}")
    if refused:
        raise Refused("\n".join(refused))


def _print_plan(plan: Plan, one: Prepared, budget: list[str]) -> None:
    from sre_cli.core.plan_text import plan_words

    if not plan.changes:
        typer.echo(f"{plan.job} {one.target.version}: nothing to change")
        return
    for line in plan_words(plan, one.spec, one.target.version):
        typer.secho(line, bold=True)
    for line in budget:
        typer.echo(line)
    for line in plan.lines:
        typer.secho(line, fg=_COLOURS.get(line[0]))
