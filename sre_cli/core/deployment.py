"""What an orchestrator tells of a job, and what a deployment's state means. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Plan:
    """What a registration would change."""

    job: str
    lines: tuple[str, ...]
    """The difference, one line a field, unified-diff marks in front; empty when nothing changes."""
    index: int
    """The job's modify index that this plan was made against; 0 for a new job."""
    cannot_place: tuple[str, ...] = ()
    now: str = ""
    """Tag of the image that runs; empty where nothing does."""
    nodes: tuple[str, ...] = ()
    """Where it runs."""

    @property
    def changes(self) -> bool:
        """Whether registering would do anything."""
        return bool(self.lines)


@dataclass(frozen=True)
class Allocation:
    """One placement of a job on a node."""

    id: str
    node: str
    job_version: int
    status: str
    """pending, running, complete, failed or lost."""
    healthy: bool | None
    """None until the health checks have decided."""
    wanted: bool
    """False once the orchestrator has told it to stop."""
    events: tuple[str, ...]
    """What happened to its tasks, oldest first."""
    created_s: float

    @property
    def ended(self) -> bool:
        """Whether nothing of it runs any more."""
        return self.status in ("complete", "failed", "lost")


@dataclass(frozen=True)
class Placed:
    """An allocation, as its machine sees it."""

    id: str
    job: str


@dataclass(frozen=True)
class Deployment:
    """One rollout of one job version."""

    id: str
    job_version: int
    status: str
    description: str
    wanted: int
    healthy: int
    unhealthy: int


@dataclass(frozen=True)
class Check:
    """The last answer of one container's health check."""

    allocation_id: str
    replica: str
    address: str
    """`host:port`."""
    passing: bool
    output: str
    """What the check saw."""


@dataclass(frozen=True)
class JobState:
    """A job as `sre jobs` shows it."""

    job: str
    status: str
    version: str
    """Tag of the image that the job was last deployed with."""
    running: int
    """Allocations."""
    wanted: int


class Verdict(StrEnum):
    """Where a deployment stands."""

    WAITING = "waiting"
    HEALTHY = "healthy"
    FAILED = "failed"


_VERDICTS = {
    "successful": Verdict.HEALTHY,
    "failed": Verdict.FAILED,
    "cancelled": Verdict.FAILED,
    "blocked": Verdict.FAILED,
}


def judge(deployment: Deployment | None) -> Verdict:
    """Translate a deployment's state; one that does not exist yet is waited for."""
    return Verdict.WAITING if deployment is None else _VERDICTS.get(deployment.status, Verdict.WAITING)


def rolls_back(deployment: Deployment) -> bool:
    """Whether the orchestrator goes back to the last healthy version by itself."""
    said = deployment.description.lower()
    return "rolling back" in said and "not rolling back" not in said
