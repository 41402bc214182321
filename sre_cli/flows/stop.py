"""`sre stop`: tell the job to end and wait until nothing of it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sre_cli.core.hints import DEFAULT_ENV, in_env
from sre_cli.core.history import Change
from sre_cli.errors import DeployFailed
from sre_cli.flows.record import Recording, unrecorded
from sre_cli.ports import Clock, Orchestrator
from sre_cli.specs.job import JobSpec

POLL_S = 0.5


@dataclass(frozen=True)
class Stopped:
    """What a stop did."""

    job: str
    seconds: float
    """Until the last allocation had ended."""


@dataclass
class Stop:
    """Stops one job. `say` receives a line whenever something moves."""

    orchestrator: Orchestrator
    clock: Clock
    say: Callable[[str], None]
    env: str = DEFAULT_ENV
    recording: Recording = field(default=unrecorded)

    def run(self, spec: JobSpec) -> Stopped:
        """Stop the job and wait.

        Raises UsageError: there is no such job. Raises Refused: somebody else is changing it.
        Raises DeployFailed: something still runs after the drain's time.
        """
        states = {state.job: state.version for state in self.orchestrator.jobs()}
        with self.recording(Change(spec.job, "stop", states.get(spec.job, ""), "", ())):
            return self._stop(spec)

    def _stop(self, spec: JobSpec) -> Stopped:
        started = self.clock.monotonic()
        self.orchestrator.stop(spec.job)
        # Nomad's kill timeout, then the sweep's.
        give_up = started + 2 * (spec.stop_grace_s + 15) + 10
        while left := [a for a in self.orchestrator.allocations(spec.job) if not a.ended]:
            if self.clock.monotonic() > give_up:
                names = ", ".join(f"{a.id[:8]} on {a.node}" for a in left)
                hint = in_env(self.env, f"sre logs {spec.job}")
                raise DeployFailed(f"{spec.job}: still running: {names}", hint=hint)
            self.say(f"{spec.job}: {len(left)} allocation(s) draining")
            self.clock.sleep(POLL_S)
        return Stopped(spec.job, round(self.clock.monotonic() - started, 1))
