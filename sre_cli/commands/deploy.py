"""`sre deploy`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from sre_cli.errors import Refused, UsageError

if TYPE_CHECKING:
    from sre_cli.core.deployment import Plan
    from sre_cli.core.render import Target
    from sre_cli.flows.deploy import Outcome
    from sre_cli.specs.job import JobSpec

_COLOURS = {"+": "green", "-": "red", "~": "yellow"}


def deploy(
    jobs: Annotated[list[str] | None, typer.Argument(help="Jobs, deployed in this order.")] = None,
    all_jobs: Annotated[bool, typer.Option("--all", help="Every job of the environment.")] = False,
    version: Annotated[
        str | None, typer.Option(help="Image tag; without it, the one that this working tree builds.")
    ] = None,
    env: Annotated[str, typer.Option(help="Environment.")] = "local",
    plan: Annotated[bool, typer.Option("--plan", help="Show what would change; change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a job on stdout.")] = False,
) -> None:
    """Bring jobs to a version and wait until every container is healthy.

    A job that already runs as asked is left alone. When the new version fails, its log is shown
    and Nomad goes back to the last healthy version.

    \b
    Examples:
      sre deploy api --plan
      sre deploy api face-match-worker
      sre deploy face-match-worker --version 3f2a9c1d04be
      sre deploy --all --json

    \b
    Exit codes: 0 healthy or nothing to do, 2 wrong words or file, 3 no image or no node for it
    (nothing changed), 4 an engine does not answer, 5 not healthy, 130 interrupted.
    """
    # All are rendered before any is touched: a typo in the last one must not leave half a deploy behind.
    prepared = [_prepare(job, version, env) for job in _chosen(jobs or [], all_jobs, env)]
    if plan:
        _print_plans(prepared, env, as_json)
        return
    for one in prepared:
        _deploy(one, env, as_json)


def _chosen(jobs: list[str], all_jobs: bool, env: str) -> list[str]:
    from sre_cli.wiring import cluster_spec

    if bool(jobs) == all_jobs:
        raise UsageError("name the jobs to deploy, or use --all", hint="sre deploy api; sre deploy --all")
    if not all_jobs:
        return jobs
    cluster = cluster_spec(env)
    return [*cluster.data_jobs, *cluster.jobs]


@dataclass(frozen=True)
class _Prepared:
    """A job as it is to be deployed."""

    spec: JobSpec
    target: Target
    hcl: str


def _prepare(job: str, version: str | None, env: str) -> _Prepared:
    from sre_cli import wiring

    spec = wiring.job_spec(job)
    target = wiring.target(spec, env, version)
    return _Prepared(spec, target, wiring.rendered(spec, target))


def _deploy(one: _Prepared, env: str, as_json: bool) -> None:
    from sre_cli import wiring
    from sre_cli.console import Progress
    from sre_cli.core.hints import in_env

    with Progress(quiet=as_json) as progress:
        try:
            outcome = wiring.deployer(env, progress.say).run(one.spec, one.target, one.hcl)
        except KeyboardInterrupt:
            watch = in_env(env, "sre jobs")
            typer.echo(f"\ninterrupted: what Nomad was told goes on by itself; watch it: {watch}", err=True)
            raise
    _print_outcome(outcome, as_json)


def _print_outcome(outcome: Outcome, as_json: bool) -> None:
    if as_json:
        from sre_cli.console import print_json

        print_json(outcome)
        return
    where = f" at {', '.join(outcome.addresses)}" if outcome.addresses else ""
    did = f"deployed in {outcome.seconds} s" if outcome.changed else "nothing to change"
    typer.echo(f"{outcome.job} {outcome.version}: {did}, healthy{where}")


def _print_plans(prepared: list[_Prepared], env: str, as_json: bool) -> None:
    from sre_cli import wiring
    from sre_cli.console import print_json

    refused = []
    for one in prepared:
        plan = wiring.deployer(env, lambda _: None).plan(one.hcl)
        if as_json:
            print_json(plan)
        else:
            _print_plan_lines(plan, one.target.version)
        if plan.cannot_place:
            refused.append(f"{plan.job}: fits on no node: {'; '.join(plan.cannot_place)}")
    if refused:
        raise Refused("\n".join(refused))


def _print_plan_lines(plan: Plan, version: str) -> None:
    if not plan.changes:
        typer.echo(f"{plan.job} {version}: nothing to change")
    for line in plan.lines:
        typer.secho(line, fg=_COLOURS.get(line[0]))
