"""`sre restart`: every allocation of a job anew, one at a time, the odd zones before the even ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sre_cli.core.deployment import Allocation
from sre_cli.core.failure import describe_failure
from sre_cli.core.hints import DEFAULT_ENV, in_env
from sre_cli.core.history import Change
from sre_cli.core.restart import in_turn
from sre_cli.errors import DeployFailed, EngineUnavailable, Interrupted, UsageError
from sre_cli.flows.record import Recording, unrecorded
from sre_cli.ports import Catalog, Clock, Nodes, Orchestrator
from sre_cli.specs.job import JobSpec

POLL_S = 1.0
START_S = 30
"""For a container that is new on its node, beside the time to become healthy."""


@dataclass(frozen=True)
class Restarted:
    """What a restart did."""

    job: str
    allocations: int
    seconds: float


@dataclass
class Restart:
    """Restarts one job. `say` receives a line whenever something moves."""

    orchestrator: Orchestrator
    nodes: Nodes
    catalog: Catalog
    clock: Clock
    say: Callable[[str], None]
    env: str = DEFAULT_ENV
    recording: Recording = field(default=unrecorded)
    is_interrupted: Callable[[], bool] = field(default=lambda: False)

    def run(self, spec: JobSpec) -> Restarted:
        """Replace each allocation, and wait until the new one passes its checks before the next.

        Raises UsageError: nothing of it runs. Raises Refused: somebody else is changing it.
        Raises DeployFailed: a new one does not become healthy; the others were left alone.
        """
        started = self.clock.monotonic()
        running = self.plan(spec)
        states = {state.job: state.version for state in self.orchestrator.jobs()}
        version = states.get(spec.job, "")
        lines = tuple(f"~ {one.id[:8]} on {one.node}" for one in running)
        with self.recording(Change(spec.job, "restart", version, version, lines)) as is_lost:
            before = {one.id for one in running}
            for done, one in enumerate(running):
                if is_lost():
                    raise EngineUnavailable(
                        f"{spec.job}: Consul has ended this run's lock; {_so_far(done, running)}"
                    )
                if self.is_interrupted():
                    raise Interrupted(f"{spec.job}: interrupted; {_so_far(done, running)}")
                self._replace(spec, one, before, done, running)
        return Restarted(spec.job, len(running), round(self.clock.monotonic() - started, 1))

    def plan(self, spec: JobSpec) -> list[Allocation]:
        """What would be replaced, in that order. Raises UsageError: nothing of it runs."""
        running = [one for one in self.orchestrator.allocations(spec.job) if one.wanted and not one.ended]
        if not running:
            raise UsageError(
                f"{spec.job}: nothing of it runs", hint=in_env(self.env, f"sre deploy {spec.job}")
            )
        return in_turn(running, {machine.name: machine.zone for machine in self.catalog.machines()})

    def _replace(
        self, spec: JobSpec, one: Allocation, before: set[str], done: int, running: list[Allocation]
    ) -> None:
        self.nodes.replace(one.id)
        give_up = self.clock.monotonic() + spec.stop_grace_s + START_S + spec.health.deadline_s
        wanted = (done + 1) * spec.scale
        while True:
            checks = [check for check in self.catalog.checks(spec.job) if check.allocation_id not in before]
            passing = sum(check.passing for check in checks)
            if passing >= wanted:
                return
            self.say(
                f"{spec.job}: {one.id[:8]} on {one.node} is replaced; {passing}/{wanted} new containers pass"
            )
            if self.clock.monotonic() > give_up:
                new = [a for a in self.orchestrator.allocations(spec.job) if a.id not in before]
                failing = [check for check in checks if not check.passing]
                raise DeployFailed(
                    f"{spec.job}: what took the place of {one.id[:8]} on {one.node} is not healthy; "
                    f"{_so_far(done, running)}",
                    hint=in_env(self.env, f"sre logs {spec.job}"),
                    detail=describe_failure(new[0] if new else None, failing, self.orchestrator.log),
                )
            self.clock.sleep(POLL_S)


def _so_far(done: int, running: list[Allocation]) -> str:
    return f"{done} of {len(running)} allocations were replaced, the others go on as they were"
