"""What runs, from the orchestrator and the catalog together."""

from __future__ import annotations

from dataclasses import dataclass

from sre_cli.ports import Catalog, Orchestrator


@dataclass(frozen=True)
class JobRow:
    """A job: allocations as Nomad counts them, containers as their health checks say."""

    job: str
    status: str
    version: str
    running: int
    wanted: int
    healthy: int
    containers: int
    addresses: tuple[str, ...]


def overview(orchestrator: Orchestrator, catalog: Catalog) -> list[JobRow]:
    """Every job, by name."""
    rows = []
    for state in orchestrator.jobs():
        checks = catalog.checks(state.job)
        rows.append(
            JobRow(
                job=state.job,
                status=state.status,
                version=state.version,
                running=state.running,
                wanted=state.wanted,
                healthy=sum(check.passing for check in checks),
                containers=len(checks),
                addresses=tuple(sorted(check.address for check in checks)),
            )
        )
    return rows
