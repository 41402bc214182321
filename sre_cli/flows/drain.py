"""`sre drain`: move away what a machine runs, and wait until it is healthy elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sre_cli.core.deployment import Placed
from sre_cli.core.hints import DEFAULT_ENV, in_env
from sre_cli.core.history import Change
from sre_cli.errors import DeployFailed, EngineUnavailable, Interrupted, Refused
from sre_cli.flows.record import Recording, unrecorded
from sre_cli.ports import Catalog, Clock, Nodes
from sre_cli.specs.job import JobSpec

POLL_S = 1.0
STOP_S = 15
"""What Nomad gives a task beside its own time to drain."""
SETTLE_S = 30
LEAST_S = 60
"""Where nothing is known of what runs there."""


@dataclass(frozen=True)
class Drained:
    """What a drain did."""

    node: str
    moved: tuple[str, ...]
    """Jobs."""
    seconds: float


@dataclass
class Drain:
    """Drains one machine. `say` receives a line whenever something moves."""

    nodes: Nodes
    catalog: Catalog
    clock: Clock
    specs: Callable[[Sequence[str]], Mapping[str, JobSpec]]
    """Of the jobs named, those that have a file here."""
    others: Callable[[str, JobSpec], int]
    """How many allocations of a job the machines beside a node could take."""
    takes_jobs: Callable[[str], bool]
    """Whether a machine is drained neither now nor already."""
    say: Callable[[str], None]
    env: str = DEFAULT_ENV
    recording: Recording = field(default=unrecorded)
    is_interrupted: Callable[[], bool] = field(default=lambda: False)

    def plan(self, node: str) -> tuple[list[Placed], dict[str, str]]:
        """What runs there, and why which of those jobs cannot run elsewhere.

        Raises UsageError: there is no such machine.
        """
        placed = self.nodes.placed(node)
        specs = self.specs([one.job for one in placed])
        stuck = {job: self._obstacle(node, spec) for job, spec in specs.items()}
        return placed, {job: why for job, why in stuck.items() if why}

    def run(self, node: str, *, forced: bool = False) -> Drained:
        """Drain it. Raises UsageError: there is no such machine.

        Raises Refused: a job of it cannot run elsewhere, it is drained already, or somebody else is at it.
        Raises DeployFailed: something still runs there, or is not healthy elsewhere in time.
        Raises Interrupted: it takes jobs again; what has moved stays where it is.
        """
        started = self.clock.monotonic()
        placed, stuck = self.plan(node)
        if not self.takes_jobs(node):
            undo = in_env(self.env, f"sre drain {node} --undo")
            raise Refused(f"{node}: takes no jobs already; nothing was done", hint=undo)
        if stuck and not forced:
            told = "; ".join(f"{job}: {why}" for job, why in sorted(stuck.items()))
            hint = f"{in_env(self.env, f'sre drain {node}')} --force"
            raise Refused(f"{node}: {told}; nothing was done", hint=hint)
        jobs = tuple(sorted({one.job for one in placed}))
        lines = tuple(f"- {one.job} {one.id[:8]}" for one in placed)
        with self.recording(Change(subject(node), "drain", "", "", lines)):
            self._drain(node, self.specs(jobs), self.specs([job for job in jobs if job not in stuck]))
        return Drained(node, jobs, round(self.clock.monotonic() - started, 1))

    def _obstacle(self, node: str, spec: JobSpec) -> str:
        if spec.volumes:
            return "its data is here, it would be down until the machine is back"
        others = self.others(node, spec)
        if others < spec.count:
            return f"other machines could take {others} of its {spec.count} allocation(s)"
        return ""

    def resume(self, node: str) -> None:
        """Let it take jobs again. Raises UsageError: there is no such machine."""
        self.nodes.placed(node)
        with self.recording(Change(subject(node), "resume", "", "", ())):
            self.nodes.resume(node)

    def _drain(self, node: str, specs: Mapping[str, JobSpec], moving: Mapping[str, JobSpec]) -> None:
        needs_s = [spec.stop_grace_s + STOP_S + spec.health.deadline_s for spec in specs.values()]
        within_s = max(needs_s, default=LEAST_S)
        undo = in_env(self.env, f"sre drain {node} --undo")
        wanted = {job: sum(check.passing for check in self.catalog.checks(job)) for job in moving}
        self.nodes.drain(node, within_s)
        give_up = self.clock.monotonic() + within_s + SETTLE_S
        while left := self._left(node, wanted):
            if self.is_interrupted():
                self.nodes.resume(node)
                told = "interrupted, and takes jobs again; what has moved stays where it is"
                raise Interrupted(f"{node}: {told}")
            if self.clock.monotonic() > give_up:
                raise DeployFailed(
                    f"{node}: {'; '.join(left)}", hint=f"{in_env(self.env, 'sre jobs')}; {undo}"
                )
            self.say(f"{node}: {'; '.join(left)}")
            self.clock.sleep(POLL_S)

    def _left(self, node: str, wanted: Mapping[str, int]) -> list[str]:
        """What is still to happen: as many containers of each job shall pass as before."""
        try:
            here = sorted({one.job for one in self.nodes.placed(node)})
            left = [f"{', '.join(here)} still there"] if here else []
            for job, before in wanted.items():
                passing = sum(check.passing for check in self.catalog.checks(job))
                if job not in here and passing < before:
                    left.append(f"{job}: {passing}/{before} containers pass")
        except EngineUnavailable as error:
            return [f"draining goes on, but {error.message}"]
        return left


def subject(node: str) -> str:
    """What the history calls a machine, beside jobs."""
    return f"node:{node}"
