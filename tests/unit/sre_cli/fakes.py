"""Engines in memory: a scripted Nomad and Consul, and a clock that never waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sre_cli.core.deployment import Allocation, Check, Deployment, JobState, Plan
from sre_cli.core.history import ConfigChange, JobVersion
from sre_cli.core.status import Machine, NodeState, ServerState
from sre_cli.errors import EngineUnavailable, Refused
from sre_cli.ports import Sample
from sre_cli.specs.history import Entry


class FakeClock:
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def deployment(version: int, status: str, description: str = "") -> Deployment:
    """A rollout of one allocation."""
    return Deployment(
        "d", version, status, description, wanted=1, healthy=int(status == "successful"), unhealthy=0
    )


def allocation(
    version: int = 0, status: str = "running", *, healthy: bool | None = None, wanted: bool = True
) -> Allocation:
    """A placement on `node-a`."""
    return Allocation(
        id=f"{version:08d}-alloc",
        node="node-a",
        job_version=version,
        status=status,
        healthy=healthy,
        wanted=wanted,
        events=("compose: Task started by client",),
        created_s=0,
    )


def check(*, passing: bool, allocation_id: str = "00000000-alloc", replica: str = "replica-0") -> Check:
    """A container's health."""
    return Check(
        allocation_id, replica, "127.0.0.1:8000", passing, "HTTP GET /readyz: 503 Service Unavailable"
    )


@dataclass
class FakeOrchestrator:
    """Plays back what a Nomad would say; `rollouts` gives each version's states in turn."""

    changes: tuple[str, ...] = ("~ job toy",)
    cannot_place: tuple[str, ...] = ()
    rollouts: dict[int, list[Deployment | None]] = field(default_factory=dict)
    placed: list[Allocation] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    text: str = ""
    status: str = "running"
    registered: int = 0
    stopped: list[str] = field(default_factory=list)
    remembered: list[JobVersion] = field(default_factory=list)
    config: list[ConfigChange] = field(default_factory=list)

    paused: list[bool] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    is_over: bool = False
    """Whether a rollout that is told to fail has ended before."""

    def pause(self, deployment: Deployment, *, is_paused: bool) -> None:
        self.paused.append(is_paused)

    def fail(self, deployment: Deployment) -> bool:
        if not self.is_over:
            self.failed.append(deployment.id)
            ended = replace(deployment, status="failed", description="rolling back to job version 0")
            self.rollouts[deployment.job_version] = [ended]
        return not self.is_over

    unstable: list[int] = field(default_factory=list)

    def mark_unstable(self, job: str, number: int) -> None:
        self.unstable.append(number)

    def parse(self, hcl: str) -> dict[str, Any]:
        return {"ID": "toy", "hcl": hcl}

    def plan(self, job: dict[str, Any]) -> Plan:
        changes = ("~ Stop",) if self.stopped else self.changes
        return Plan(job["ID"], changes, index=7, cannot_place=self.cannot_place)

    def register(self, job: dict[str, Any], plan: Plan) -> int:
        assert plan.index == 7
        self.registered += 1
        return 1

    def deployment(self, job: str, job_version: int) -> Deployment | None:
        states = self.rollouts.get(job_version, [None])
        return states.pop(0) if len(states) > 1 else states[0]

    def placement_failures(self, job: str) -> list[str]:
        return self.stuck

    def allocations(self, job: str) -> list[Allocation]:
        return self.placed

    def jobs(self) -> list[JobState]:
        return [JobState("toy", self.status, "v1", 1, 1)]

    def nodes(self) -> list[NodeState]:
        return [NodeState("node-a", "core", "ready", 512, 2048)]

    def servers(self) -> list[ServerState]:
        return [ServerState("server-0", is_leader=True, is_healthy=True, is_voter=True)]

    def versions(self, job: str) -> list[JobVersion]:
        return [one for one in self.remembered if one.job == job]

    def definition(self, job: str, number: int) -> dict[str, Any]:
        group = {"Count": 1, "Services": [{}]}
        return {"ID": job, "Version": number, "TaskGroups": [group]} if number >= 0 else {}

    def config_changes(self) -> list[ConfigChange]:
        return self.config

    def stop(self, job: str) -> None:
        self.stopped.append(job)

    def log(self, allocation_id: str) -> str:
        return self.text

    def follow_log(self, allocation_id: str) -> Iterator[str]:
        yield self.text


@dataclass
class FakeCatalog:
    """The same checks at every question."""

    found: list[Check] = field(default_factory=list)
    members: list[Machine] = field(
        default_factory=lambda: [Machine("node-a", "zone-a", True), Machine("server-0", "zone-a", True)]
    )

    def checks(self, job: str) -> list[Check]:
        return self.found

    def machines(self) -> list[Machine]:
        return self.members


@dataclass
class FakeLedger:
    """Everything that was written, in order; `busy` are jobs that somebody else changes."""

    written: list[Entry] = field(default_factory=list)
    busy: dict[str, str] = field(default_factory=dict)
    answers: bool = True
    is_lost: bool = False

    @contextmanager
    def hold(self, entry: Entry) -> Iterator[Callable[[], bool]]:
        if entry.job in self.busy:
            raise Refused(f"{entry.job}: is being changed")
        self.busy[entry.job] = entry.id
        try:
            yield lambda: self.is_lost
        finally:
            del self.busy[entry.job]

    def write(self, entry: Entry) -> None:
        if not self.answers:
            raise EngineUnavailable("Consul does not answer")
        self.written.append(entry)

    def entries(self, job: str | None = None) -> list[Entry]:
        latest = {entry.id: entry for entry in self.written}
        return [entry for entry in latest.values() if job in (None, entry.job)]

    def held(self) -> dict[str, str]:
        return self.busy


@dataclass
class FakeRegistry:
    """A registry and an engine that hold these images; without `answers`, it wants a login."""

    held: set[str] = field(default_factory=set)
    built: set[str] = field(default_factory=set)
    answers: bool = True
    pushed: list[str] = field(default_factory=list)

    def has(self, image: str, version: str) -> bool | None:
        return f"{image}:{version}" in self.held if self.answers else None

    def is_built(self, image: str, version: str) -> bool:
        return f"{image}:{version}" in self.built

    def push(self, image: str, version: str) -> None:
        self.pushed.append(f"{image}:{version}")


@dataclass
class FakeMetrics:
    """Answers a query with the value of the first key that it contains, or with nothing."""

    values: dict[str, float] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    answers: bool = True

    def instant(self, query: str) -> list[Sample]:
        if not self.answers:
            raise EngineUnavailable("Prometheus does not answer")
        self.asked.append(query)
        return [Sample({}, value) for key, value in self.values.items() if key in query][:1]
