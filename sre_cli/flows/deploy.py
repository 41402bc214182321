"""`sre deploy`: plan, register, watch until every container is healthy, say why when not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from sre_cli.core import gates
from sre_cli.core.deployment import Plan, Verdict, judge, rolls_back
from sre_cli.core.failure import describe_failure, find_failing, unhealthy_checks
from sre_cli.core.hints import in_env
from sre_cli.core.history import Change, rollback_candidates
from sre_cli.core.render import Target
from sre_cli.errors import DeployFailed, EngineUnavailable, Interrupted, Refused
from sre_cli.flows.gatekeeper import Gatekeeper
from sre_cli.flows.record import Recording, unrecorded
from sre_cli.flows.watched import Watched
from sre_cli.ports import Catalog, Clock, Orchestrator
from sre_cli.specs.job import JobSpec

POLL_S = 1.0
PLACEMENT_PATIENCE_S = 15.0
"""A job that cannot be placed for so long will not be: Nomad itself would wait for ever."""
ENGINE_PATIENCE_S = 30.0
"""A server that restarts or elects a leader is back by then; the rollout goes on without us meanwhile."""


@dataclass(frozen=True)
class Outcome:
    """What a deploy did."""

    job: str
    version: str
    changed: bool
    healthy: bool
    seconds: float
    plan: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass
class Deploy:
    """Deploys one rendered job. `say` receives a line whenever something moves."""

    orchestrator: Orchestrator
    catalog: Catalog
    clock: Clock
    say: Callable[[str], None] = field(default=lambda _: None)
    recording: Recording = field(default=unrecorded)
    gatekeeper: Callable[[JobSpec], Gatekeeper | None] = field(default=lambda _: None)
    """Of a rollout that replaces what runs; None: health checks alone decide."""
    is_interrupted: Callable[[], bool] = field(default=lambda: False)

    def plan(self, hcl: str) -> Plan:
        """What deploying would change; changes nothing."""
        plan = self.orchestrator.plan(self.orchestrator.parse(hcl))
        running = [one for one in self.orchestrator.allocations(plan.job) if not one.ended]
        if not running:
            return replace(plan, lines=plan.lines or ("~ nothing of it runs: it would be started anew",))
        return replace(plan, now=self._version(plan.job), nodes=tuple(sorted(one.node for one in running)))

    def run(self, spec: JobSpec, target: Target, hcl: str) -> Outcome:
        """Bring `spec` to the target's version; does nothing when that already runs.

        Raises Refused: the job fits on no node, or somebody else is changing it; nothing was changed.
        Raises DeployFailed: it did not become healthy; tells whether the old version is back.
        """
        return self.bring(spec, target, self.orchestrator.parse(hcl))

    def bring(self, spec: JobSpec, target: Target, job: dict[str, Any], action: str = "deploy") -> Outcome:
        """`run` for a job in the orchestrator's own form."""
        started = self.clock.monotonic()
        plan, lives = self.orchestrator.plan(job), self._lives(spec.job)
        if not plan.changes and lives:
            self._await_running(spec, target)
        else:
            keeper = self.gatekeeper(spec) if lives and action == "deploy" else None
            with self.recording(self._change(action, spec, target, plan.lines)):
                plan = self._placeable(job, plan if plan.changes else self._plan_anew(job))
                self._await(spec, target, self.orchestrator.register(job, plan), keeper)
        return Outcome(
            job=spec.job,
            version=target.version,
            changed=plan.changes,
            healthy=True,
            seconds=round(self.clock.monotonic() - started, 1),
            plan=plan.lines,
            addresses=tuple(check.address for check in self.catalog.checks(spec.job) if check.passing),
        )

    def _change(self, action: str, spec: JobSpec, target: Target, lines: tuple[str, ...]) -> Change:
        return Change(spec.job, action, self._version(spec.job), target.version, lines)

    def _version(self, job: str) -> str:
        return next((state.version for state in self.orchestrator.jobs() if state.job == job), "")

    def _lives(self, job: str) -> bool:
        return any(not allocation.ended for allocation in self.orchestrator.allocations(job))

    def _plan_anew(self, job: dict[str, Any]) -> Plan:
        """The plan for a job whose allocations have all failed.

        Nomad leaves such a job as it is when the same version is registered again: it has to be
        stopped first.
        """
        self.say(f"{job['ID']}: nothing of it runs, starting it anew")
        self.orchestrator.stop(job["ID"])
        return self.orchestrator.plan(job)

    def _placeable(self, job: dict[str, Any], plan: Plan) -> Plan:
        """A plan that fits: what is lacking may come back, as a node does that was silent for a moment.

        Raises Refused: when it does not.
        """
        give_up = self.clock.monotonic() + PLACEMENT_PATIENCE_S
        while plan.cannot_place and self.clock.monotonic() < give_up:
            self.say(f"{plan.job}: cannot be placed now: {'; '.join(plan.cannot_place)}")
            self.clock.sleep(POLL_S)
            plan = self.orchestrator.plan(job)
        _refuse_unplaceable(plan)
        return plan

    def _await_running(self, spec: JobSpec, target: Target) -> None:
        """See that what is deployed is healthy; a rollout that still goes on is awaited like one's own."""
        allocations = self.orchestrator.allocations(spec.job)
        newest = max((a.job_version for a in allocations), default=0)
        rollout = self.orchestrator.deployment(spec.job, newest)
        if rollout and judge(rollout) is Verdict.WAITING:
            with self.recording(self._change("deploy", spec, target, ("~ a rollout that was left alone",))):
                self._await(spec, target, newest, self.gatekeeper(spec))
            return
        checks = self.catalog.checks(spec.job)
        running = sum(a.wanted and not a.ended for a in allocations)
        passing, wanted = sum(check.passing for check in checks), spec.count * spec.scale
        if running < spec.count or passing < wanted:
            logs, stop, deploy = (
                in_env(target.env, f"sre {word} {spec.job}") for word in ("logs", "stop", "deploy")
            )
            counts = f"{running} of {spec.count} allocations run, {passing} of {wanted} containers pass"
            raise DeployFailed(
                f"{spec.job}: this version is deployed already, but it is not healthy",
                hint=f"{logs}; to start it anew: {stop} && {deploy}",
                detail="\n".join([counts, *unhealthy_checks(checks)]),
            )

    def _await(
        self, spec: JobSpec, target: Target, job_version: int, keeper: Gatekeeper | None = None
    ) -> None:
        watched = self._watch(spec, job_version, keeper)
        if watched.is_good:
            return
        failing = find_failing(self.orchestrator.allocations(spec.job), job_version)
        evidence = describe_failure(failing, watched.failing.values(), self.orchestrator.log)
        logs = f"sre logs {spec.job}" + (f" --alloc {failing.id[:8]}" if failing else "")
        error = Interrupted if watched.is_interrupted else DeployFailed
        raise error(
            f"{spec.job}: {watched.reason}; {self._aftermath(spec, watched)}",
            hint=in_env(target.env, logs),
            detail="\n".join([*watched.gate_lines, evidence]),
        )

    def _watch(self, spec: JobSpec, job_version: int, keeper: Gatekeeper | None = None) -> Watched:
        """Wait until the deployment is decided, or until waiting makes no sense any more."""
        patience = spec.count * (spec.health.deadline_s + spec.stop_grace_s + 30)
        if keeper:
            patience += spec.rollout.soak_s + spec.rollout.patience_s
        give_up = self.clock.monotonic() + patience
        watched = Watched(keeper=keeper)
        while self.clock.monotonic() < give_up and not self._is_over(spec, job_version, watched):
            self.clock.sleep(POLL_S)
        return watched

    def _is_over(self, spec: JobSpec, job_version: int, watched: Watched) -> bool:
        """Look once. Raises EngineUnavailable: when an engine has been silent for too long."""
        try:
            watched.deployment = self.orchestrator.deployment(spec.job, job_version)
            if watched.verdict is Verdict.FAILED or watched.is_good:
                return True
            self._gate(spec, job_version, watched)
            self._look(spec, watched)
            watched.is_interrupted = self.is_interrupted()
            stuck = watched.is_unwanted or self._is_stuck(spec, watched)
        except EngineUnavailable as error:
            now = self.clock.monotonic()
            watched.silent_since = now if watched.silent_since is None else watched.silent_since
            if now - watched.silent_since > ENGINE_PATIENCE_S:
                raise
            self.say(f"{spec.job}: {error.message}; waiting for it")
            return False
        watched.silent_since = None
        return stuck

    def _gate(self, spec: JobSpec, job_version: int, watched: Watched) -> None:
        """Let the rollout go on only while its new containers measure well."""
        keeper, deployment = watched.keeper, watched.deployment
        if deployment is None:
            return
        if keeper is None:
            if deployment.status == "paused":  # by a run that died
                self.orchestrator.pause(deployment, is_paused=False)
            return
        serving = {check.allocation_id for check in self.catalog.checks(spec.job) if check.passing}
        new = [a.id for a in self.orchestrator.allocations(spec.job) if a.job_version == job_version]
        if serving.isdisjoint(new):
            return
        keeper.look(new)
        holds = keeper.verdict is gates.Verdict.INCONCLUSIVE
        if holds != (deployment.status == "paused") and watched.verdict is Verdict.WAITING:
            self.orchestrator.pause(deployment, is_paused=holds)

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

    def _aftermath(self, spec: JobSpec, watched: Watched) -> str:
        """What runs now, in words; what nobody wants is undone first."""
        if watched.is_unwanted and watched.deployment:
            before = next(iter(rollback_candidates(self.orchestrator.versions(spec.job), None)), None)
            if before is None:
                return "there is no earlier healthy version to go back to, so Nomad goes on"
            if not self.orchestrator.fail(watched.deployment):  # it has ended: it is replaced in its turn
                job = self.orchestrator.definition(spec.job, before.number)
                return self._await_before(spec, self.orchestrator.register(job, self.orchestrator.plan(job)))
            watched.deployment = self.orchestrator.deployment(spec.job, watched.deployment.job_version)
        return self._after_failure(spec, watched)

    def _after_failure(self, spec: JobSpec, watched: Watched) -> str:
        failed = watched.deployment
        if failed is None or watched.verdict is Verdict.WAITING:
            return "Nomad goes on trying"
        if failed.status == "cancelled":
            return "somebody else stopped or deployed it meanwhile"
        if not rolls_back(failed):
            return "there is no earlier healthy version to go back to, so it was left as it is"
        # Nomad counts a job that was stopped as a stable version too.
        if any(state.job == spec.job and state.status == "stopped" for state in self.orchestrator.jobs()):
            return "it was stopped before, and is stopped again"
        return self._await_before(spec, failed.job_version + 1)

    def _await_before(self, spec: JobSpec, job_version: int) -> str:
        self.say(f"{spec.job}: going back to the last healthy version")
        self.is_interrupted = lambda: False  # whoever is impatient presses Ctrl-C once more
        if self._watch(spec, job_version).verdict is Verdict.HEALTHY:
            return "the version before runs again, healthy"
        return "the version before was started again but is NOT healthy yet"


def _refuse_unplaceable(plan: Plan) -> None:
    if plan.cannot_place:
        raise Refused(
            f"{plan.job}: fits on no node, nothing was changed: {'; '.join(plan.cannot_place)}",
            hint=f"nomad_jobs/{plan.job}.yaml: resources, scale; sre jobs shows what runs",
        )
