"""The deploy flow: what it changes, what it waits for, what it says when it fails."""

from __future__ import annotations

from typing import Any

import pytest

from sre_cli.core.deployment import Allocation, Check, Deployment, Plan
from sre_cli.core.render import Target
from sre_cli.errors import DeployFailed, EngineUnavailable, Refused
from sre_cli.flows.deploy import Deploy
from sre_cli.specs.job import JobSpec
from tests.unit.sre_cli.fakes import FakeCatalog, FakeClock, FakeOrchestrator, allocation, check, deployment

ROLLING_BACK = "Failed due to unhealthy allocations - rolling back to job version 0"
SPEC = JobSpec.model_validate({"job": "toy", "image": "toy", "resources": {"memory_mib": 64}})


def run(nomad: FakeOrchestrator, consul: FakeCatalog | None = None) -> tuple[Deploy, list[str]]:
    said: list[str] = []
    return Deploy(nomad, consul or FakeCatalog([check(passing=True)]), FakeClock(), said.append), said


def test_a_changed_job_is_registered_and_awaited() -> None:
    nomad = FakeOrchestrator(rollouts={1: [None, deployment(1, "running"), deployment(1, "successful")]})
    flow, said = run(nomad)
    outcome = flow.run(SPEC, Target("local", "v2"), "hcl")
    assert (outcome.changed, outcome.healthy, nomad.registered) == (True, True, 1)
    assert outcome.addresses == ("127.0.0.1:8000",)
    assert said == [
        "toy: 1/1 containers pass, 0 allocations steady",
        "toy: 1/1 containers pass, 0/1 allocations steady",
    ]


def test_the_same_version_changes_nothing() -> None:
    nomad = FakeOrchestrator(changes=(), placed=[allocation()])
    outcome = run(nomad)[0].run(SPEC, Target("local", "v1"), "hcl")
    assert (outcome.changed, nomad.registered) == (False, 0)


@pytest.mark.parametrize(
    ("placed", "checks", "evidence"),
    [
        ([allocation()], [check(passing=False)], "replica-0 at 127.0.0.1:8000: HTTP GET /readyz: 503"),
        ([allocation()], [], "1 of 1 allocations run, 0 of 1 containers pass"),
        ([allocation(status="pending", wanted=False)], [check(passing=True)], "0 of 1 allocations run"),
    ],
)
def test_the_same_version_that_is_not_healthy_is_an_error(
    placed: list[Allocation], checks: list[Check], evidence: str
) -> None:
    nomad = FakeOrchestrator(changes=(), placed=placed)
    with pytest.raises(DeployFailed, match="deployed already, but it is not healthy") as error:
        run(nomad, FakeCatalog(checks))[0].run(SPEC, Target("e2e", "v1"), "hcl")
    assert error.value.exit_code == 5
    assert evidence in (error.value.detail or "")
    assert error.value.hint == (
        "sre logs toy --env e2e; to start it anew: sre stop toy --env e2e && sre deploy toy --env e2e"
    )
    assert nomad.registered == 0


def test_a_rollout_that_somebody_left_is_awaited() -> None:
    """An interrupted `sre deploy`, typed again."""
    rollout: list[Deployment | None] = [
        *(deployment(3, "running") for _ in range(2)),
        deployment(3, "successful"),
    ]
    nomad = FakeOrchestrator(changes=(), placed=[allocation(3, "pending")], rollouts={3: rollout})
    flow, said = run(nomad, FakeCatalog([]))
    assert not flow.run(SPEC, Target("local", "v1"), "hcl").changed
    assert said == ["toy: 0/1 containers pass, 0/1 allocations steady"]
    assert nomad.registered == 0


def test_what_fits_nowhere_is_refused_before_anything_changes() -> None:
    nomad = FakeOrchestrator(cannot_place=("1 node(s) lack memory",))
    with pytest.raises(Refused, match="fits on no node, nothing was changed: 1 node"):
        run(nomad)[0].run(SPEC, Target("local", "v2"), "hcl")
    assert nomad.registered == 0


def test_what_fits_again_in_a_moment_is_deployed() -> None:
    class Returning(FakeOrchestrator):
        def plan(self, job: dict[str, Any]) -> Plan:
            plan = super().plan(job)
            self.cannot_place = ()
            return plan

    nomad = Returning(cannot_place=("1 node(s) lack memory",), rollouts={1: [deployment(1, "successful")]})
    flow, said = run(nomad)
    assert flow.run(SPEC, Target("local", "v2"), "hcl").healthy
    assert said == ["toy: cannot be placed now: 1 node(s) lack memory"]


def test_a_failure_shows_the_failing_container_and_the_way_back() -> None:
    nomad = FakeOrchestrator(
        rollouts={
            1: [deployment(1, "running"), deployment(1, "failed", ROLLING_BACK)],
            2: [None, deployment(2, "successful")],
        },
        placed=[allocation(2), allocation(1, "failed", healthy=False), allocation(0)],
        text="replica-0-1  | fine\n"
        "replica-1-1  | cannot read the key\n"
        "supervisor: replica-1 ended: Exited (1)\n",
    )
    consul = FakeCatalog([check(passing=False, allocation_id="00000001-alloc", replica="replica-1")])
    with pytest.raises(DeployFailed, match="the version before runs again, healthy") as error:
        run(nomad, consul)[0].run(SPEC, Target("local", "v2"), "hcl")
    detail = error.value.detail or ""
    assert "allocation 00000001 on node-a: failed" in detail
    assert "replica-1 at 127.0.0.1:8000: HTTP GET /readyz: 503" in detail
    assert "cannot read the key" in detail
    assert "replica-0-1" not in detail


def test_a_first_version_that_fails_has_nothing_to_go_back_to() -> None:
    nomad = FakeOrchestrator(rollouts={1: [deployment(1, "failed", "Failed due to unhealthy allocations")]})
    with pytest.raises(DeployFailed, match="no earlier healthy version"):
        run(nomad)[0].run(SPEC, Target("local", "v1"), "hcl")


def test_a_deployment_that_cannot_be_placed_does_not_wait_for_ever() -> None:
    nomad = FakeOrchestrator(rollouts={1: [deployment(1, "running")]}, stuck=["1 node(s) lack memory"])
    flow, said = run(nomad)
    with pytest.raises(DeployFailed, match=r"cannot be placed: 1 node.* lack memory; Nomad goes on trying"):
        flow.run(SPEC, Target("local", "v2"), "hcl")
    assert isinstance(flow.clock, FakeClock)
    assert flow.clock.now_s < 30
    assert "toy: cannot be placed: 1 node(s) lack memory" in said


def test_a_deployment_that_never_decides_is_ended_by_the_watchdog() -> None:
    nomad = FakeOrchestrator(rollouts={1: [deployment(1, "running", "Deployment is running")]})
    flow, _ = run(nomad)
    with pytest.raises(DeployFailed, match="Deployment is running; Nomad goes on trying"):
        flow.run(SPEC, Target("local", "v2"), "hcl")
    assert isinstance(flow.clock, FakeClock)
    assert flow.clock.now_s == pytest.approx(SPEC.health.deadline_s + SPEC.stop_grace_s + 30)


def test_a_rollout_that_somebody_else_ended_is_told_as_such() -> None:
    nomad = FakeOrchestrator(rollouts={1: [deployment(1, "cancelled", "Cancelled because job is stopped")]})
    with pytest.raises(DeployFailed, match="job is stopped; somebody else stopped or deployed it meanwhile"):
        run(nomad)[0].run(SPEC, Target("local", "v2"), "hcl")


def test_the_plan_says_when_nothing_of_a_job_runs() -> None:
    dead = FakeOrchestrator(changes=(), placed=[allocation(status="failed")])
    assert run(dead)[0].plan("hcl").lines == ("~ nothing of it runs: it would be started anew",)
    assert dead.stopped == []


def test_a_nomad_that_is_silent_for_a_while_is_waited_for() -> None:
    class Restarting(FakeOrchestrator):
        def deployment(self, job: str, job_version: int) -> Deployment | None:
            self.asked = getattr(self, "asked", 0) + 1
            if self.asked <= silent_s:
                raise EngineUnavailable("Nomad does not answer")
            return deployment(1, "successful")

    silent_s = 20
    flow, said = run(Restarting())
    assert flow.run(SPEC, Target("local", "v2"), "hcl").healthy
    assert said[0] == "toy: Nomad does not answer; waiting for it"
    silent_s = 40
    with pytest.raises(EngineUnavailable):
        run(Restarting())[0].run(SPEC, Target("local", "v2"), "hcl")


def test_a_job_of_which_nothing_runs_is_started_anew() -> None:
    nomad = FakeOrchestrator(
        changes=(), placed=[allocation(status="failed")], rollouts={1: [deployment(1, "successful")]}
    )
    assert run(nomad)[0].run(SPEC, Target("local", "v1"), "hcl").changed
    assert (nomad.stopped, nomad.registered) == (["toy"], 1)


def test_a_job_that_was_stopped_before_is_stopped_again() -> None:
    nomad = FakeOrchestrator(rollouts={1: [deployment(1, "failed", ROLLING_BACK)]}, status="stopped")
    with pytest.raises(DeployFailed, match="it was stopped before, and is stopped again"):
        run(nomad)[0].run(SPEC, Target("local", "v2"), "hcl")
