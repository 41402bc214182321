"""Every side effect of the flows, as roles. Adapters fill them; tests put fakes there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from sre_cli.core.bottleneck import Reading
from sre_cli.core.deployment import Allocation, Check, Deployment, JobState, Plan
from sre_cli.core.pairs import Pair, PairAnswer
from sre_cli.core.trial import Trial
from sre_cli.specs.load import LoadPlan


class Clock(Protocol):
    """Time, so that a flow which waits can be tested without waiting."""

    def monotonic(self) -> float:
        """Seconds from some fixed point."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Orchestrator(Protocol):
    """Where jobs run (Nomad). Every method raises EngineUnavailable when it does not answer."""

    def parse(self, hcl: str) -> dict[str, Any]:
        """Turn HCL into the orchestrator's own form. Raises SpecError with its complaint."""
        ...

    def plan(self, job: dict[str, Any]) -> Plan:
        """Ask what registering `job` would change; changes nothing."""
        ...

    def register(self, job: dict[str, Any], plan: Plan) -> int:
        """Register `job` if nothing changed since `plan`; the new job version.

        Raises UsageError: when somebody else changed the job meanwhile.
        """
        ...

    def deployment(self, job: str, job_version: int) -> Deployment | None:
        """The rollout of that version, if it has begun."""
        ...

    def placement_failures(self, job: str) -> list[str]:
        """Why allocations of the job cannot be placed; empty when they can."""
        ...

    def allocations(self, job: str) -> list[Allocation]:
        """All that are known, newest first."""
        ...

    def jobs(self) -> list[JobState]:
        """Every job, by name."""
        ...

    def stop(self, job: str) -> None:
        """Tell the job to end. Raises UsageError when there is no such job."""
        ...

    def log(self, allocation_id: str) -> str:
        """What the containers of an allocation printed so far; empty when it has no log."""
        ...

    def follow_log(self, allocation_id: str) -> Iterator[str]:
        """What they print from now on, in pieces, until the caller leaves."""
        ...


class Catalog(Protocol):
    """Who serves what, and how their checks fare (Consul)."""

    def checks(self, job: str) -> list[Check]:
        """How every container of the job fares."""
        ...


class FaceMatcher(Protocol):
    """A running service that compares faces."""

    @property
    def base_url(self) -> str:
        """Where it answers."""
        ...

    def compare(self, pair: Pair) -> PairAnswer:
        """Ask about one pair. Raises EngineUnavailable when there is no answer."""
        ...


class Meter(Protocol):
    """What a running service has used up so far."""

    def reading(self) -> Reading:
        """Its running totals."""
        ...


class LoadGenerator(Protocol):
    """Sends requests as planned, whatever becomes of them."""

    def run(self, plan: LoadPlan) -> Trial:
        """Carry the plan out and hand back every request's record."""
        ...
