"""`sre rollback`: the job as it was, deployed like any other version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sre_cli.core.history import JobVersion, rollback_candidates
from sre_cli.core.render import Target
from sre_cli.errors import Refused
from sre_cli.flows.deploy import Deploy, Outcome
from sre_cli.flows.supply import Image, Supply
from sre_cli.specs.job import JobSpec


@dataclass(frozen=True)
class Earlier:
    """A version to go back to."""

    version: JobVersion
    definition: dict[str, Any]
    """All that Nomad was told then: image, counts, environment."""
    lines: tuple[str, ...]
    """What going back changes; empty where the same runs already."""


@dataclass
class Rollback:
    """Brings one job back."""

    deploy: Deploy
    supply: Callable[[list[Image]], Supply]
    """Raises Refused: for an image that cannot be had any more."""
    env: str

    def find(self, job: str, to: int | None = None) -> Earlier:
        """Version `to`, or the last one that was healthy and is not what runs.

        Raises UsageError: `to` is not remembered. Raises Refused: there is none.
        """
        nomad = self.deploy.orchestrator
        for version in rollback_candidates(nomad.versions(job), to):
            definition = nomad.definition(job, version.number)
            plan = nomad.plan(definition)
            if plan.changes or to is not None:
                return Earlier(version, definition, plan.lines)
        raise Refused(
            f"{job}: Nomad remembers no other version that was healthy; nothing was changed",
            hint=f"sre deploy {job} --env {self.env} --version VERSION",
        )

    def run(self, spec: JobSpec, earlier: Earlier) -> Outcome:
        """Raises what `Deploy.run` raises."""
        target = Target(self.env, earlier.version.version)
        image = spec.image, target.version
        self.supply([image]).provide(image)
        return self.deploy.bring(_as_it_was(spec, earlier.definition), target, earlier.definition, "rollback")


def _as_it_was(spec: JobSpec, definition: dict[str, Any]) -> JobSpec:
    """How many allocations and containers there will be."""
    (group,) = definition["TaskGroups"]
    return spec.model_copy(update={"count": group["Count"], "scale": len(group["Services"])})
