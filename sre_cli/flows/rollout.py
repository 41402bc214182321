"""Watches one rollout until it is decided, and lets it go on only while its new containers measure well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sre_cli.core import gates
from sre_cli.core.deployment import Verdict, judge
from sre_cli.errors import EngineUnavailable
from sre_cli.flows.watched import Watched
from sre_cli.ports import Catalog, Clock, Orchestrator
from sre_cli.specs.job import JobSpec

POLL_S = 1.0
PAUSED = "paused"
PLACEMENT_PATIENCE_S = 15.0
"""A job that cannot be placed for so long will not be: Nomad itself would wait for ever."""
ENGINE_PATIENCE_S = 30.0
"""A server that restarts or elects a leader is back by then."""


@dataclass
class Rollout:
    """What it takes to watch one. `say` receives a line whenever something moves."""

    orchestrator: Orchestrator
    catalog: Catalog
    clock: Clock
    say: Callable[[str], None]
    is_interrupted: Callable[[], bool]
    is_lost: Callable[[], bool]

    def watch(self, spec: JobSpec, job_version: int, watched: Watched) -> None:
        """Wait until the deployment is decided, or until waiting makes no sense any more."""
        patience = spec.count * (spec.health.deadline_s + spec.stop_grace_s + 30)
        if watched.keeper:
            patience += spec.rollout.soak_s + spec.count * spec.rollout.patience_s
        give_up = self.clock.monotonic() + patience
        while not self._is_over(spec, job_version, watched):
            if self.clock.monotonic() >= give_up:
                watched.is_given_up = True
                return
            self.clock.sleep(POLL_S)

    def _is_over(self, spec: JobSpec, job_version: int, watched: Watched) -> bool:
        """Look once. Raises EngineUnavailable: an engine is silent for too long, or the lock is gone."""
        watched.is_interrupted = self.is_interrupted()
        if self.is_lost():
            raise EngineUnavailable(f"{spec.job}: Consul has ended this run's lock; {watched.whereabouts}")
        try:
            watched.deployment = self.orchestrator.deployment(spec.job, job_version)
            if watched.verdict is Verdict.FAILED or watched.is_good:
                return True
            self._gate(spec, job_version, watched)
            self._look(spec, watched)
            stuck = watched.is_unwanted or self._is_stuck(spec, watched)
        except EngineUnavailable as error:
            now = self.clock.monotonic()
            watched.silent_since = now if watched.silent_since is None else watched.silent_since
            if now - watched.silent_since > ENGINE_PATIENCE_S:
                message = f"{error.message}; {spec.job}: {watched.whereabouts}"
                raise EngineUnavailable(message, hint=error.hint) from None
            self.say(f"{spec.job}: {error.message}; waiting for it")
            return False
        watched.silent_since = None
        return stuck

    def _gate(self, spec: JobSpec, job_version: int, watched: Watched) -> None:
        """Let the rollout go on only while its new containers measure well."""
        keeper = watched.keeper
        if keeper is None:  # a run that died may have paused it
            hold(self.orchestrator, watched, is_held=False)
            return
        allocations = self.orchestrator.allocations(spec.job)
        new = [a.id for a in allocations if a.job_version == job_version and a.id not in watched.before]
        serving = {check.allocation_id for check in self.catalog.checks(spec.job) if check.passing}
        is_serving = not serving.isdisjoint(new)
        if is_serving and keeper.began_s is None:
            hold(self.orchestrator, watched, is_held=True)  # before anything is asked that takes a while
        keeper.look(new, is_serving=is_serving)
        if keeper.began_s is not None:
            hold(self.orchestrator, watched, is_held=keeper.verdict is not gates.Verdict.PASSED)
        elif not new and watched.verdict is Verdict.HEALTHY:
            keeper.wave_through()

    def _look(self, spec: JobSpec, watched: Watched) -> None:
        checks, deployment = self.catalog.checks(spec.job), watched.deployment
        watched.failing |= {(c.allocation_id, c.replica): c for c in checks if not c.passing}
        healthy = sum(check.passing for check in checks)
        steady = f"{deployment.healthy}/{deployment.wanted}" if deployment else "0"
        counts = f"{healthy}/{spec.count * spec.scale} containers pass, {steady} allocations steady"
        keeper = watched.keeper
        measured = f"; gates: {keeper.summary}" if keeper and keeper.began_s is not None else ""
        self.say(f"{spec.job}: {counts}{measured}")

    def _is_stuck(self, spec: JobSpec, watched: Watched) -> bool:
        watched.obstacles = self.orchestrator.placement_failures(spec.job)
        if not watched.obstacles:
            watched.stuck_since = None
            return False
        self.say(f"{spec.job}: {watched.reason}")
        now = self.clock.monotonic()
        watched.stuck_since = now if watched.stuck_since is None else watched.stuck_since
        return now - watched.stuck_since > PLACEMENT_PATIENCE_S


def hold(orchestrator: Orchestrator, watched: Watched, *, is_held: bool) -> None:
    """Pause a rollout that is under way, or let it go on."""
    deployment = watched.deployment
    if deployment is None or judge(deployment) is not Verdict.WAITING:
        return
    if is_held != (deployment.status == PAUSED):
        orchestrator.pause(deployment, is_paused=is_held)
        watched.deployment = replace(deployment, status=PAUSED if is_held else "running")
