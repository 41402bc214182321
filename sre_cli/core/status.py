"""An environment at a glance: what its engines tell, and what of it is not as it should be. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sre_cli.core.deployment import Check, JobState


@dataclass(frozen=True)
class Machine:
    """A member of the cluster, as its others see it."""

    name: str
    zone: str
    is_up: bool


@dataclass(frozen=True)
class NodeState:
    """A machine that runs jobs."""

    name: str
    pool: str
    status: str
    """ready, draining, disconnected or down."""
    memory_used_mib: int
    """Given to running allocations."""
    memory_mib: int


@dataclass(frozen=True)
class ServerState:
    """One of the orchestrator's servers."""

    name: str
    is_leader: bool
    is_healthy: bool
    is_voter: bool


@dataclass(frozen=True)
class JobHealth:
    """A job that should run: its allocations, and its containers as their checks say."""

    state: JobState
    checks: tuple[Check, ...]

    @property
    def passing(self) -> int:
        """Containers that pass their check."""
        return sum(check.passing for check in self.checks)


@dataclass(frozen=True)
class QueueState:
    """A queue of the broker."""

    name: str
    waiting: int
    consumers: int


@dataclass(frozen=True)
class Service:
    """How callers fared during the last hour; None where there are no data."""

    requests: float | None
    availability_ratio: float | None
    p95_s: float | None


@dataclass(frozen=True)
class Alert:
    """One that fires."""

    name: str
    severity: str
    labels: str


@dataclass(frozen=True)
class Status:
    """What could be learned; a part is None where its engine did not answer, and `silent` says why."""

    env: str
    zones: tuple[str, ...]
    wanted_jobs: tuple[str, ...]
    wanted_servers: int = 0
    wanted_nodes: Mapping[str, int] = field(default_factory=dict)
    """Pool -> the fewest nodes that it must have."""
    machines: Sequence[Machine] | None = None
    servers: Sequence[ServerState] | None = None
    nodes: Sequence[NodeState] | None = None
    jobs: Sequence[JobHealth] | None = None
    queues: Sequence[QueueState] | None = None
    service: Service | None = None
    alerts: Sequence[Alert] | None = None
    ingress: str | None = None
    """What a request from outside was answered: `ready`, or what else."""
    silent: Mapping[str, str] = field(default_factory=dict)
    """Engine -> why it said nothing."""

    def present(self) -> list[NodeState]:
        """The nodes less those that are gone for good: nobody but Nomad remembers them."""
        if self.nodes is None:
            return []
        known = None if self.machines is None else {machine.name for machine in self.machines}
        return [node for node in self.nodes if known is None or node.status == "ready" or node.name in known]


def problems(status: Status) -> list[str]:
    """One line for everything that is not well; empty when all is."""
    return [
        *(f"{engine}: {why}" for engine, why in status.silent.items()),
        *_machine_problems(status),
        *_server_problems(status),
        *(f"node {node.name} is {node.status}" for node in _sick(status)),
        *_pool_problems(status),
        *_job_problems(status),
        *([] if status.ingress in (None, "ready") else [f"ingress: {status.ingress}"]),
        *(f"alert {alert.name} fires ({alert.labels})" for alert in status.alerts or ()),
    ]


def zone_counts(status: Status, zone: str) -> tuple[int, int]:
    """How many machines of a zone are up, and how many there are."""
    ours = [machine for machine in status.machines or () if machine.zone == zone]
    return sum(machine.is_up for machine in ours), len(ours)


def _machine_problems(status: Status) -> Iterator[str]:
    if status.machines is None:
        return
    for zone in status.zones:
        up, there = zone_counts(status, zone)
        if up == 0:
            yield f"zone {zone} is cut off" if there else f"zone {zone} has no machine"


def _sick(status: Status) -> list[NodeState]:
    return [node for node in status.present() if node.status != "ready"]


def _pool_problems(status: Status) -> Iterator[str]:
    # A node that left in its own way is remembered by nobody, and missed all the same.
    there = Counter(node.pool for node in status.present())
    for pool, least in status.wanted_nodes.items() if status.nodes is not None else ():
        if there[pool] < least:
            yield f"pool {pool}: {there[pool]} of {least} nodes are there"


def _server_problems(status: Status) -> Iterator[str]:
    servers = status.servers or ()
    # The others forget one that is dead, and are all healthy then.
    if status.servers is not None and len(servers) < status.wanted_servers:
        yield f"{len(servers)} of {status.wanted_servers} servers are there"
    if servers and not any(server.is_leader for server in servers):
        yield "the servers have no leader"
    yield from (f"server {server.name} is not healthy" for server in servers if not server.is_healthy)


def _job_problems(status: Status) -> Iterator[str]:
    if status.jobs is None:
        return
    found = {job.state.job: job for job in status.jobs}
    for name in status.wanted_jobs:
        if name not in found or found[name].state.status == "stopped":
            yield f"job {name} is not deployed"
    for job in status.jobs:
        state = job.state
        if state.status == "stopped":
            continue
        if state.running < state.wanted:
            yield f"job {state.job}: {state.running} of {state.wanted} allocations run"
        elif job.passing < len(job.checks):
            yield f"job {state.job}: {job.passing} of {len(job.checks)} containers are healthy"
