"""`sre stop`: tell the job to end and wait until nothing of it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sre_cli.errors import DeployFailed
from sre_cli.ports import Clock, Orchestrator
from sre_cli.specs.job import JobSpec

POLL_S = 0.5


@dataclass
class Stop:
    """Stops one job. `say` receives a line whenever something moves."""

    orchestrator: Orchestrator
    clock: Clock
    say: Callable[[str], None]

    def run(self, spec: JobSpec) -> float:
        """Seconds until the last allocation had ended.

        Raises UsageError: there is no such job. Raises DeployFailed: something still runs after
        the drain's time.
        """
        started = self.clock.monotonic()
        self.orchestrator.stop(spec.job)
        # Nomad's kill timeout, then the sweep's.
        give_up = started + 2 * (spec.stop_grace_s + 15) + 10
        while left := [a for a in self.orchestrator.allocations(spec.job) if not a.ended]:
            if self.clock.monotonic() > give_up:
                names = ", ".join(f"{a.id[:8]} on {a.node}" for a in left)
                raise DeployFailed(f"{spec.job}: still running: {names}", hint=f"sre logs {spec.job}")
            self.say(f"{spec.job}: {len(left)} allocation(s) draining")
            self.clock.sleep(POLL_S)
        return round(self.clock.monotonic() - started, 1)
