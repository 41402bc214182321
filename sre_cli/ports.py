"""Every side effect of the flows, as roles. Adapters fill them; tests put fakes there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sre_cli.core.bottleneck import Reading
from sre_cli.core.deployment import Allocation, Check, Deployment, JobState, Plan
from sre_cli.core.evaluation.labelled import Labelled, Said
from sre_cli.core.history import ConfigChange, JobVersion
from sre_cli.core.pairs import Pair, PairAnswer
from sre_cli.core.status import Machine, NodeState, ServerState
from sre_cli.core.trial import Trial
from sre_cli.core.upgrade import Agent
from sre_cli.specs.history import Entry
from sre_cli.specs.load import LoadPlan
from sre_cli.specs.snapshot import PartName, SnapshotManifest


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

    def hold(self, entry: Entry) -> AbstractContextManager[None]:
        """Keep others from changing the job meanwhile. Raises Refused: somebody else is at it."""
        ...

    def write(self, entry: Entry) -> None:
        """Keep the entry, in the place of an earlier state of it."""
        ...

    def entries(self, job: str | None = None) -> list[Entry]:
        """Every entry of the job, or of all jobs."""
        ...

    def held(self) -> set[str]:
        """The jobs that somebody is changing now."""
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


class StateStore(Protocol):
    """An engine whose whole state goes into a file and back. Every method raises EngineUnavailable."""

    @property
    def name(self) -> PartName:
        """Which engine."""
        ...

    def version(self) -> str:
        """Of the engine that runs."""
        ...

    def save(self, path: Path) -> None:
        """Write the state into `path`, which exists, is empty and nobody else's to read."""
        ...

    def restore(self, path: Path) -> None:
        """Replace the state by what `path` holds."""
        ...

    def is_ready(self) -> bool:
        """Whether it serves; raises nothing."""
        ...


class SnapshotFolder(Protocol):
    """Where the files of one snapshot lie."""

    def new_file(self, name: str) -> Path:
        """Make an empty file that only its owner reads. Raises UsageError: when it exists."""
        ...

    def file(self, name: str) -> Path:
        """The path of a file."""
        ...

    def measure(self, name: str) -> tuple[int, str]:
        """Size in bytes and SHA-256 of a file. Raises UsageError: when it is not there."""
        ...

    def finish(self, manifest: SnapshotManifest) -> None:
        """Write the manifest, last: a folder without one is no snapshot."""
        ...

    def discard(self) -> None:
        """Remove the files that were made here, and the folder where nothing else is in it."""
        ...


class Certificates(Protocol):
    """What the cluster's engines show to who connects by TLS."""

    def serials(self) -> set[str]:
        """Serial numbers of every certificate seen. Raises EngineUnavailable: when one does not answer."""
        ...


class Fleet(Protocol):
    """The agents of Nomad, or of Consul, of one cluster."""

    @property
    def engine(self) -> str:
        """`nomad` or `consul`."""
        ...

    def agents(self) -> list[Agent]:
        """Every one that is known; none while nobody answers."""
        ...

    def check(self, version: str) -> None:
        """Raises Refused: when nodes cannot have that version."""
        ...

    def order(self, node: str, version: str) -> None:
        """Tell a node to run that version. Raises EngineUnavailable: when it cannot be told."""
        ...

    def withdraw(self) -> None:
        """Nobody's turn any more."""
        ...

    def yield_leadership(self) -> None:
        """Have the leader hand over to another server."""
        ...
