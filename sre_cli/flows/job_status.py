"""`sre status JOB`: one job, closely."""

from __future__ import annotations

from sre_cli.core.history import merge_history
from sre_cli.core.job_status import JobStatus, Placed
from sre_cli.errors import UsageError
from sre_cli.ports import Catalog, Ledger, Orchestrator

CHANGES = 3


def job_status(
    env: str, job: str, orchestrator: Orchestrator, catalog: Catalog, ledger: Ledger, now_s: float
) -> JobStatus:
    """Ask all three. Raises UsageError: there is no such job. Raises EngineUnavailable."""
    states = {state.job: state for state in orchestrator.jobs()}
    if job not in states:
        known = ", ".join(sorted(states)) or "none"
        raise UsageError(f"Nomad knows no job {job!r}", hint=f"it knows {known}")
    zones = {machine.name: machine.zone for machine in catalog.machines()}
    checks, versions, held = catalog.checks(job), orchestrator.versions(job), ledger.held()
    allocations = [one for one in orchestrator.allocations(job) if one.wanted and not one.ended]
    placed = (
        Placed(
            allocation=one,
            zone=zones.get(one.node, "?"),
            age_s=now_s - one.created_s,
            checks=tuple(check for check in checks if check.allocation_id == one.id),
        )
        for one in allocations
    )
    newest = max((version.number for version in versions), default=0)
    return JobStatus(
        env=env,
        state=states[job],
        placed=tuple(sorted(placed, key=lambda one: (one.zone, one.allocation.node))),
        rollout=orchestrator.deployment(job, newest),
        obstacles=tuple(orchestrator.placement_failures(job)),
        changes=tuple(merge_history(ledger.entries(job), versions, (), held)[:CHANGES]),
        is_held=job in held,
    )
