"""`sre deploy`: plan, register, watch until every container is healthy, say why when not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from sre_cli.core.deployment import Allocation, Deployment, Plan, Verdict, judge, rolls_back
from sre_cli.core.failure import describe_failure, find_failing, unhealthy_checks
from sre_cli.core.hints import in_env
from sre_cli.core.history import Change, rollback_candidates
from sre_cli.core.render import Target
from sre_cli.errors import DeployFailed, EngineUnavailable, Interrupted, Refused
from sre_cli.flows.gatekeeper import Gatekeeper
from sre_cli.flows.record import Recording, unrecorded
from sre_cli.flows.rollout import ENGINE_PATIENCE_S, PLACEMENT_PATIENCE_S, POLL_S, Rollout, hold
from sre_cli.flows.watched import Watched
from sre_cli.ports import Catalog, Clock, Orchestrator
from sre_cli.specs.job import JobSpec

T = TypeVar("T")


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
    notes: tuple[str, ...] = ()
    """What whoever deployed it ought to know."""


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
    refuse_spent: Callable[[JobSpec], None] = field(default=lambda _: None)
    """Raises Refused: an objective of the job has no error budget left."""
    notes: list[str] = field(default_factory=list)
    is_interrupted: Callable[[], bool] = field(default=lambda: False)
    is_lost: Callable[[], bool] = field(default=lambda: False)
    """Whether the lock that keeps others from changing the job is gone."""

    def plan(self, hcl: str) -> Plan:
        """What deploying would change; changes nothing."""
        plan = self.orchestrator.plan(self.orchestrator.parse(hcl))
        running = [one for one in self.orchestrator.allocations(plan.job) if not one.ended]
        if not running:
            return replace(plan, lines=plan.lines or ("~ nothing of it runs: it would be started anew",))
        return replace(plan, now=self._version(plan.job), nodes=tuple(sorted(one.node for one in running)))

    def run(self, spec: JobSpec, target: Target, hcl: str) -> Outcome:
        """Bring `spec` to the target's version; does nothing when that already runs.

        Raises Refused: the job fits on no node, an error budget is spent, or somebody else is changing it;
        nothing was changed.
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
            is_new = lives and action == "deploy"  # going back, or starting what is down, costs no budget
            if is_new:
                self.refuse_spent(spec)
            watched = Watched(
                keeper=self.gatekeeper(spec) if is_new else None,
                before=frozenset(one.id for one in self.orchestrator.allocations(spec.job)),
            )
            with self.recording(self._change(action, spec, target, plan.lines)) as self.is_lost:
                plan = self._placeable(job, plan if plan.changes else self._plan_anew(job))
                if self.is_interrupted():
                    raise Interrupted(f"{spec.job}: interrupted before it was registered")
                self._await(spec, target, self.orchestrator.register(job, plan), watched)
        return Outcome(
            job=spec.job,
            version=target.version,
            changed=plan.changes,
            healthy=True,
            seconds=round(self.clock.monotonic() - started, 1),
            plan=plan.lines,
            addresses=tuple(check.address for check in self.catalog.checks(spec.job) if check.passing),
            notes=tuple(self.notes),
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
            lines = ("~ a rollout that was left alone",)
            with self.recording(self._change("deploy", spec, target, lines)) as self.is_lost:
                self._await(spec, target, newest, Watched(keeper=self.gatekeeper(spec)))
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

    def _await(self, spec: JobSpec, target: Target, job_version: int, watched: Watched) -> None:
        self._watch(spec, job_version, watched)
        if watched.is_good:
            return
        # First: what is bad shall not go on while somebody reads its log.
        aftermath = self._aftermath(spec, watched)
        failing, evidence = self._evidence(spec, job_version, watched)
        logs = f"sre logs {spec.job}" + (f" --alloc {failing.id[:8]}" if failing else "")
        error = Interrupted if watched.is_interrupted else DeployFailed
        raise error(
            f"{spec.job}: {watched.reason}; {aftermath}",
            hint=in_env(target.env, logs),
            detail="\n".join([*watched.gate_lines, evidence]),
        )

    def _evidence(self, spec: JobSpec, job_version: int, watched: Watched) -> tuple[Allocation | None, str]:
        try:
            failing = find_failing(self.orchestrator.allocations(spec.job), job_version)
            return failing, describe_failure(failing, watched.failing.values(), self.orchestrator.log)
        except EngineUnavailable as error:
            return None, f"no log: {error.message}"

    def _watch(self, spec: JobSpec, job_version: int, watched: Watched) -> None:
        Rollout(
            self.orchestrator, self.catalog, self.clock, self.say, self.is_interrupted, self.is_lost
        ).watch(spec, job_version, watched)

    def _aftermath(self, spec: JobSpec, watched: Watched) -> str:
        """What runs now, in words; what nobody wants is undone first."""
        try:
            if watched.is_unwanted and watched.deployment:
                return self._undo(spec, watched, watched.deployment)
            return self._after_failure(spec, watched)
        except EngineUnavailable as error:
            return f"what runs now is not known: {error.message}; see `sre status {spec.job}`"

    def _undo(self, spec: JobSpec, watched: Watched, deployment: Deployment) -> str:
        nomad = self.orchestrator
        versions = self._insist(lambda: nomad.versions(spec.job))
        before = next(iter(rollback_candidates(versions, None)), None)
        if before is None:
            hold(self.orchestrator, watched, is_held=False)
            return "there is no earlier healthy version to go back to, so it goes on"
        if self._insist(lambda: nomad.fail(deployment)):
            watched.deployment = self._insist(lambda: nomad.deployment(spec.job, deployment.job_version))
            return self._after_failure(spec, watched)
        # It has ended meanwhile, and is replaced in its turn. Nobody shall go back to it.
        self._insist(lambda: nomad.mark_unstable(spec.job, deployment.job_version))
        job = self._insist(lambda: nomad.definition(spec.job, before.number))
        return self._await_before(spec, self._insist(lambda: nomad.register(job, nomad.plan(job))))

    def _insist(self, act: Callable[[], T]) -> T:
        """Try again while an engine is silent, but not for ever. Raises EngineUnavailable."""
        give_up = self.clock.monotonic() + ENGINE_PATIENCE_S
        while True:
            try:
                return act()
            except EngineUnavailable as error:
                if self.clock.monotonic() >= give_up:
                    raise
                self.say(error.message)
                self.clock.sleep(POLL_S)

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
        watched = Watched()
        self._watch(spec, job_version, watched)
        if watched.verdict is Verdict.HEALTHY:
            return "the version before runs again, healthy"
        return "the version before was started again but is NOT healthy yet"


def _refuse_unplaceable(plan: Plan) -> None:
    if plan.cannot_place:
        raise Refused(
            f"{plan.job}: fits on no node, nothing was changed: {'; '.join(plan.cannot_place)}",
            hint=f"nomad_jobs/{plan.job}.yaml: resources, scale; sre jobs shows what runs",
        )
