"""Every side effect of the flows, as roles. Adapters fill them; tests put fakes there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from sre_cli.core.bottleneck import Reading
from sre_cli.core.deployment import Allocation, Check, Deployment, JobState, Placed, Plan
from sre_cli.core.evaluation.labelled import Labelled, Said
from sre_cli.core.history import ConfigChange, JobVersion
from sre_cli.core.pairs import Pair, PairAnswer
from sre_cli.core.status import Machine, NodeState, ServerState
from sre_cli.core.trial import Trial
from sre_cli.specs.history import Entry
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

    def pause(self, deployment: Deployment, *, is_paused: bool) -> None:
        """Replace no further allocation of that rollout, or go on; nothing where it is over already."""
        ...

    def fail(self, deployment: Deployment) -> bool:
        """End that rollout, so that the version before comes back; False: it is over already."""
        ...

    def mark_unstable(self, job: str, number: int) -> None:
        """Nobody shall go back to that version of the job."""
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

    def nodes(self) -> list[NodeState]:
        """Every machine that runs jobs, by name."""
        ...

    def servers(self) -> list[ServerState]:
        """Every server, by name."""
        ...

    def versions(self, job: str) -> list[JobVersion]:
        """Those of the job that are remembered; none of one that is unknown."""
        ...

    def definition(self, job: str, number: int) -> dict[str, Any]:
        """A version of the job that is remembered, in the form that `plan` and `register` take."""
        ...

    def config_changes(self) -> list[ConfigChange]:
        """When each job's variables were last written."""
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


class Nodes(Protocol):
    """The machines that run jobs, and what is on them (Nomad). Every method raises EngineUnavailable."""

    def placed(self, node: str) -> list[Placed]:
        """What runs there and has not ended, by job. Raises UsageError: there is no such machine."""
        ...

    def drain(self, node: str, within_s: int) -> None:
        """Move away what runs there, one allocation of a job at a time; what is left then is stopped."""
        ...

    def resume(self, node: str) -> None:
        """End its drain, and let jobs come again."""
        ...

    def replace(self, allocation_id: str) -> None:
        """Stop an allocation, so that a new one takes its place."""
        ...


class Catalog(Protocol):
    """Who serves what, and how their checks fare (Consul)."""

    def checks(self, job: str) -> list[Check]:
        """How every container of the job fares."""
        ...

    def machines(self) -> list[Machine]:
        """Every machine of the cluster, servers too, by name."""
        ...


class Ledger(Protocol):
    """What was done to jobs, and who is at it now (Consul). Every method raises EngineUnavailable."""

    def hold(self, entry: Entry) -> AbstractContextManager[Callable[[], bool]]:
        """Keep others from changing the job meanwhile; asked, it tells whether that has been lost.

        Raises Refused: somebody else is at it.
        """
        ...

    def write(self, entry: Entry) -> None:
        """Keep the entry, in the place of an earlier state of it."""
        ...

    def entries(self, job: str | None = None) -> list[Entry]:
        """Every entry of the job, or of all jobs."""
        ...

    def held(self) -> dict[str, str]:
        """The jobs that somebody is changing now, and the ids of those entries."""
        ...


@dataclass(frozen=True)
class Sample:
    """One series' value at one moment."""

    labels: Mapping[str, str]
    value: float


class Metrics(Protocol):
    """What was measured (Prometheus)."""

    def instant(self, query: str) -> list[Sample]:
        """The samples of an instant query that are numbers. Raises EngineUnavailable."""
        ...


class Front(Protocol):
    """The API as callers reach it."""

    def knock(self) -> str:
        """`ready` when it takes requests, else what was seen instead."""
        ...


class ImageRegistry(Protocol):
    """Where nodes pull images from. Every method raises EngineUnavailable when it does not answer."""

    def has(self, image: str, version: str) -> bool | None:
        """Whether nodes can pull it; None where only a push would tell."""
        ...

    def is_built(self, image: str, version: str) -> bool:
        """Whether it could be pushed from here."""
        ...

    def push(self, image: str, version: str) -> None:
        """Upload what the registry lacks of it."""
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


class LabelledModel(Protocol):
    """One version of a model that is asked about labelled files."""

    def ask(self, items: Sequence[Labelled], heard: Callable[[int], None]) -> Said:
        """Ask about every item; `heard` is called with the number of answers so far.

        Raises EngineUnavailable: when the model cannot be loaded or ends early.
        """
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
