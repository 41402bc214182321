"""`sre restart`: every allocation of a job anew, one at a time, the odd zones before the even ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sre_cli.core.deployment import Allocation, Verdict, judge
from sre_cli.core.failure import describe_failure
from sre_cli.core.hints import DEFAULT_ENV, in_env
from sre_cli.core.history import Change
from sre_cli.core.restart import in_turn
from sre_cli.errors import DeployFailed, EngineUnavailable, Interrupted, Refused, UsageError
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

        Raises UsageError: nothing of it runs. Raises Refused: somebody else is changing it, or a rollout is
        under way. Raises DeployFailed: a new one does not become healthy; the others were left alone.
        """
        started = self.clock.monotonic()
        running = self.plan(spec)
        states = {state.job: state.version for state in self.orchestrator.jobs()}
        version = states.get(spec.job, "")
        lines = tuple(f"~ {one.id[:8]} on {one.node}" for one in running)
        with self.recording(Change(spec.job, "restart", version, version, lines)) as is_lost:
            turn = _Turn(running, {one.id for one in self.orchestrator.allocations(spec.job)})
            for one in running:
                if is_lost():
                    told = "Consul has ended this run's lock"
                    raise EngineUnavailable(f"{spec.job}: {told}; {turn.so_far}")
                if self.is_interrupted():
                    raise Interrupted(f"{spec.job}: interrupted; {turn.so_far}")
                self._replace(spec, one, turn)
                turn.done += 1
        return Restarted(spec.job, len(running), round(self.clock.monotonic() - started, 1))

    def plan(self, spec: JobSpec) -> list[Allocation]:
        """What would be replaced, in that order.

        Raises UsageError: nothing of it runs. Raises Refused: a rollout is under way.
        """
        running = [one for one in self.orchestrator.allocations(spec.job) if one.wanted and not one.ended]
        deploy = in_env(self.env, f"sre deploy {spec.job}")
        if not running:
            raise UsageError(f"{spec.job}: nothing of it runs", hint=deploy)
        newest = max(one.job_version for one in running)
        rollout = self.orchestrator.deployment(spec.job, newest)
        is_mixed = any(one.job_version != newest for one in running)
        if is_mixed or (rollout and judge(rollout) is Verdict.WAITING):
            # Nomad would put the newest version in the place of each.
            raise Refused(f"{spec.job}: a rollout is under way, or was left; nothing was done", hint=deploy)
        zones = {machine.name: machine.zone for machine in self.catalog.machines()}
        failing = {check.allocation_id for check in self.catalog.checks(spec.job) if not check.passing}
        return in_turn(running, zones, failing)

    def _replace(self, spec: JobSpec, one: Allocation, turn: _Turn) -> None:
        checks = self.catalog.checks(spec.job)
        turn.wanted += sum(check.allocation_id == one.id for check in checks) or spec.scale
        others = {check.allocation_id for check in checks if check.passing} - {one.id}
        self.nodes.replace(one.id)
        give_up = self.clock.monotonic() + spec.stop_grace_s + START_S + spec.health.deadline_s
        while not self._is_well(spec, one, turn, others):
            if self.clock.monotonic() > give_up:
                raise self._failure(spec, one, turn)
            self.clock.sleep(POLL_S)

    def _is_well(self, spec: JobSpec, one: Allocation, turn: _Turn, others: set[str]) -> bool:
        """Whether the new containers pass, and those that did still do."""
        try:
            checks = self.catalog.checks(spec.job)
            obstacles = self.orchestrator.placement_failures(spec.job)
        except EngineUnavailable as error:
            self.say(f"{spec.job}: {error.message}; waiting for it")
            return False
        passing = sum(check.passing for check in checks if check.allocation_id not in turn.known)
        failing = {check.allocation_id for check in checks if not check.passing}
        told = [f"{passing}/{turn.wanted} new containers pass", *obstacles]
        self.say(f"{spec.job}: {one.id[:8]} on {one.node} is replaced; {'; '.join(told)}")
        return passing >= turn.wanted and failing.isdisjoint(others)

    def _failure(self, spec: JobSpec, one: Allocation, turn: _Turn) -> DeployFailed:
        new = [a for a in self.orchestrator.allocations(spec.job) if a.id not in turn.known]
        failing = [check for check in self.catalog.checks(spec.job) if not check.passing]
        obstacles = "; ".join(self.orchestrator.placement_failures(spec.job))
        why = f"cannot be placed: {obstacles}" if obstacles else "is not healthy"
        return DeployFailed(
            f"{spec.job}: what took the place of {one.id[:8]} on {one.node} {why}; {turn.so_far}",
            hint=in_env(self.env, f"sre logs {spec.job}"),
            detail=describe_failure(new[0] if new else None, failing, self.orchestrator.log),
        )


@dataclass
class _Turn:
    """How far it is."""

    running: list[Allocation]
    known: set[str]
    """Ids of all allocations from before."""
    done: int = 0
    wanted: int = 0
    """New containers that have to pass by now."""

    @property
    def so_far(self) -> str:
        told = f"{self.done} of {len(self.running)} allocations were replaced"
        return f"{told}, the others go on as they were"
