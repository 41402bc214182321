"""A rollout that is judged by what its new containers measure: held, let go on, undone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sre_cli.core.deployment import Deployment, Plan
from sre_cli.core.render import Target
from sre_cli.errors import DeployFailed, Interrupted
from sre_cli.flows.deploy import Deploy
from sre_cli.flows.gatekeeper import Gatekeeper, gatekeeper
from sre_cli.specs.job import JobSpec
from tests.unit.sre_cli.fakes import (
    FakeCatalog,
    FakeClock,
    FakeMetrics,
    FakeOrchestrator,
    allocation,
    check,
    deployment,
)
from tests.unit.sre_cli.test_history import minutes, version

SPEC = JobSpec.model_validate(
    {
        "job": "toy",
        "image": "toy",
        "resources": {"memory_mib": 64},
        "rollout": {"soak_s": 20, "patience_s": 60, "gates": {"http-errors-ratio": 0.01}},
    }
)
EVENTS, RECENT, BAD = 'sum(ekyc_http_requests_total{alloc=~"00000001-alloc",route=~"/v1/.*"})', "[1m]", "5.."
TARGET = Target("local", "v2")


class Rollout(FakeOrchestrator):
    """Runs until it is let go on, as a Nomad does that is paused."""

    state = deployment(1, "running")
    back_to: int | None = None
    """The version that was registered again."""

    def register(self, job: dict[str, Any], plan: Plan) -> int:
        self.back_to = job.get("Version")
        return super().register(job, plan) + (self.back_to is not None)

    def pause(self, deployment: Deployment, *, is_paused: bool) -> None:
        super().pause(deployment, is_paused=is_paused)
        self.state = replace(self.state, status="paused" if is_paused else "successful")

    def deployment(self, job: str, job_version: int) -> Deployment | None:
        return super().deployment(job, job_version) if job_version in self.rollouts else self.state


def nomad() -> Rollout:
    return Rollout(
        placed=[allocation(1), allocation(0)],
        rollouts={2: [deployment(2, "successful")]},
        remembered=[version(1, minutes(1), stable=False), version(0, minutes(0))],
    )


def flow(nomad: FakeOrchestrator, metrics: FakeMetrics) -> tuple[Deploy, FakeClock, list[str]]:
    clock, said = FakeClock(), list[str]()
    consul = FakeCatalog([check(passing=True, allocation_id="00000001-alloc")])
    deploy = Deploy(nomad, consul, clock, said.append)
    deploy.gatekeeper = lambda spec: gatekeeper(lambda: metrics, clock, said.append, spec)
    return deploy, clock, said


def test_it_is_held_until_the_soak_is_over() -> None:
    engine, metrics = nomad(), FakeMetrics({RECENT: 3.0, BAD: 0.0, EVENTS: 60.0})
    deploy, clock, said = flow(engine, metrics)
    assert deploy.run(SPEC, TARGET, "hcl").healthy
    assert engine.paused == [True, False]
    assert 20 <= clock.now_s < 30
    assert (
        "toy: 1/1 containers pass, 0/1 allocations steady; gates: pass so far, watched for 20 s more" in said
    )


def test_without_traffic_it_is_the_soak_alone() -> None:
    engine = nomad()
    deploy, clock, _ = flow(engine, FakeMetrics())
    assert deploy.run(SPEC, TARGET, "hcl").healthy
    assert 20 <= clock.now_s < 30


def test_one_that_measures_badly_is_undone_with_its_evidence() -> None:
    engine = nomad()
    deploy, clock, _ = flow(engine, FakeMetrics({RECENT: 3.0, BAD: 6.0, EVENTS: 60.0}))
    with pytest.raises(DeployFailed, match="measures badly: http-errors-ratio: 6 of 60") as error:
        deploy.run(SPEC, TARGET, "hcl")
    assert engine.failed == ["d"]
    assert "the version before runs again, healthy" in error.value.message
    assert "6 of 60 requests answered with 5xx (10.0%), at most 1.0%" in (error.value.detail or "")
    assert clock.now_s < 10


def test_one_that_succeeded_too_fast_is_replaced_by_the_one_before() -> None:
    engine = nomad()
    engine.state, engine.is_over = deployment(1, "successful"), True
    deploy, _, _ = flow(engine, FakeMetrics({RECENT: 3.0, BAD: 6.0, EVENTS: 60.0}))
    with pytest.raises(DeployFailed, match="the version before runs again, healthy"):
        deploy.run(SPEC, TARGET, "hcl")
    assert engine.back_to == 0


def test_what_cannot_be_judged_in_time_is_undone() -> None:
    engine = nomad()
    metrics = FakeMetrics({RECENT: 3.0, BAD: 0.0, EVENTS: 5.0})
    deploy, clock, _ = flow(engine, metrics)
    with pytest.raises(DeployFailed, match="not enough to judge by: http-errors-ratio: 0 of 5"):
        deploy.run(SPEC, TARGET, "hcl")
    assert 80 <= clock.now_s < 90


def test_a_prometheus_that_is_silent_is_no_reason_to_go_on() -> None:
    engine = nomad()
    deploy, _, _ = flow(engine, FakeMetrics(answers=False))
    with pytest.raises(DeployFailed, match="Prometheus does not answer"):
        deploy.run(SPEC, TARGET, "hcl")
    assert engine.paused == [True]


def test_a_first_version_is_judged_by_its_health_alone() -> None:
    engine = FakeOrchestrator(rollouts={1: [deployment(1, "successful")]})
    metrics = FakeMetrics()
    assert flow(engine, metrics)[0].run(SPEC, TARGET, "hcl").healthy
    assert metrics.asked == []


def test_an_interrupt_brings_the_version_before_back() -> None:
    engine = nomad()
    deploy, clock, _ = flow(engine, FakeMetrics({RECENT: 3.0, EVENTS: 60.0}))
    deploy.is_interrupted = lambda: clock.now_s > 5
    with pytest.raises(Interrupted, match="toy: interrupted; the version before runs again") as error:
        deploy.run(SPEC, TARGET, "hcl")
    assert error.value.exit_code == 130
    assert engine.failed == ["d"]


def test_a_rollout_that_a_dead_run_left_paused_is_judged_and_ended() -> None:
    engine = nomad()
    engine.changes, engine.state = (), deployment(1, "paused")
    deploy, _, _ = flow(engine, FakeMetrics({RECENT: 3.0, BAD: 0.0, EVENTS: 60.0}))
    assert deploy.run(SPEC, TARGET, "hcl").healthy
    assert engine.paused == [False]


def test_a_paused_rollout_without_gates_goes_on() -> None:
    engine = nomad()
    engine.changes, engine.state = (), deployment(1, "paused")
    deploy, _, _ = flow(engine, FakeMetrics())
    ungated = SPEC.model_copy(update={"rollout": SPEC.rollout.model_copy(update={"gates": {}})})
    assert deploy.run(ungated, TARGET, "hcl").healthy
    assert engine.paused == [False]


def test_where_nobody_reaches_a_prometheus_it_says_so() -> None:
    said: list[str] = []
    assert gatekeeper(lambda: None, FakeClock(), said.append, SPEC) is None
    assert said == ["toy: there is no Prometheus that operators reach: health checks alone decide"]
    assert isinstance(gatekeeper(FakeMetrics, FakeClock(), said.append, SPEC), Gatekeeper)
