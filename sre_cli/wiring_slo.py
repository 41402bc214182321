"""Builds what asks for objectives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sre_cli import wiring
from sre_cli.errors import EngineUnavailable, UsageError
from sre_cli.specs.job import JobSpec
from sre_cli.specs.paths import project_root

if TYPE_CHECKING:
    from sre_cli.core.burn import FastestPace
    from sre_cli.flows.objectives import Objectives
    from sre_cli.specs.slo import Slo, Windows


def slos(names: Iterable[str] = ()) -> list[Slo]:
    """`slo/specs/<name>.yaml` of each; of none, all. Raises UsageError naming those there are."""
    from sre_cli.specs.slo import Slo

    folder = project_root() / "slo" / "specs"
    known = {file.stem: file for file in sorted(folder.glob("*.yaml"))}
    for name in names:
        if name not in known:
            raise UsageError(f"no objective {name!r}: {folder / name}.yaml is missing", hint=_known(known))
    return [Slo.load(known[name]) for name in (names or known)]


def of_job(spec: JobSpec) -> Sequence[Slo]:
    """The objectives that a job's rollouts are held to. Raises UsageError naming those there are."""
    return slos(spec.rollout.slos) if spec.rollout.slos else []


def paces(spec: JobSpec) -> list[FastestPace]:
    """How fast each of them may burn during a rollout."""
    from datetime import UTC, datetime

    from sre_cli.core.burn import page_pace

    allowed, now = windows().windows, datetime.now(UTC)
    return [page_pace(slo, allowed, now) for slo in of_job(spec)]


def windows() -> Windows:
    """`slo/windows.yaml`."""
    from sre_cli.specs.slo import Windows

    return Windows.load(project_root() / "slo" / "windows.yaml")


def objectives(env: str) -> Objectives | None:
    """Asks the environment's Prometheus; None where operators reach none."""
    from datetime import UTC, datetime

    from sre_cli.flows.objectives import Objectives

    metrics = wiring.metrics(env)
    return Objectives(metrics, windows(), lambda: datetime.now(UTC)) if metrics else None


def budget_lines(env: str, spec: JobSpec) -> list[str]:
    """What is left of the budgets of a job's objectives, or why nobody knows."""
    from sre_cli.flows.objectives import budget_lines

    watched = of_job(spec)
    try:
        return budget_lines(objectives(env) if watched else None, watched)
    except EngineUnavailable as error:
        return [f"error budget: not known: {error.message}"]


def need_objectives(env: str) -> Objectives:
    """Raises EngineUnavailable: where operators reach no Prometheus."""
    found = objectives(env)
    if found is None:
        raise EngineUnavailable(
            f"{env} has no Prometheus that operators reach", hint=f"sre infra outputs {env}"
        )
    return found


def _known(known: Iterable[str]) -> str:
    return f"known objectives: {', '.join(known)}"
