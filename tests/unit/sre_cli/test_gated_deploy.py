"""A rollout that is judged by what its new containers measure: held, let go on, undone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from sre_cli.core.burn import FastestPace
from sre_cli.core.deployment import Deployment, Plan
from sre_cli.core.render import Target
from sre_cli.errors import DeployFailed, EngineUnavailable, Interrupted
from sre_cli.flows.deploy import Deploy
from sre_cli.flows.gatekeeper import Gatekeeper, Total, gatekeeper
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
        self.placed = [allocation(1), *self.placed]
        return super().register(job, plan) + (self.back_to is not None)

    def pause(self, deployment: Deployment, *, is_paused: bool) -> None:
        super().pause(deployment, is_paused=is_paused)
        self.state = replace(self.state, status="paused" if is_paused else "successful")

    def deployment(self, job: str, job_version: int) -> Deployment | None:
        return super().deployment(job, job_version) if job_version in self.rollouts else self.state


def nomad() -> Rollout:
    return Rollout(
        placed=[allocation(0)],
        rollouts={2: [deployment(2, "successful")]},
        remembered=[version(1, minutes(1), stable=False), version(0, minutes(0))],
    )


def flow(
    nomad: FakeOrchestrator, metrics: FakeMetrics, paces: Sequence[FastestPace] = ()
) -> tuple[Deploy, FakeClock, list[str]]:
    clock, said = FakeClock(), list[str]()
    consul = FakeCatalog([check(passing=True, allocation_id="00000001-alloc")])
    deploy = Deploy(nomad, consul, clock, said.append)
    deploy.gatekeeper = lambda spec: gatekeeper(lambda: metrics, clock, said.append, lambda _: paces, spec)
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
    assert (engine.back_to, engine.unstable) == (0, [1])


def test_too_little_traffic_without_anything_bad_goes_on_in_the_end() -> None:
    engine = nomad()
    deploy, clock, said = flow(engine, FakeMetrics({RECENT: 3.0, BAD: 0.0, EVENTS: 5.0}))
    assert deploy.run(SPEC, TARGET, "hcl").healthy
    assert engine.paused == [True, False]
    assert 80 <= clock.now_s < 90
    assert any("not enough to judge by: http-errors-ratio: 0 of 5" in line for line in said)


def test_a_doubt_that_stays_is_undone() -> None:
    engine = nomad()
    deploy, clock, _ = flow(engine, FakeMetrics({RECENT: 3.0, BAD: 3.0, EVENTS: 250.0}))
    with pytest.raises(DeployFailed, match="not enough to judge by: http-errors-ratio: 3 of 250"):
        deploy.run(SPEC, TARGET, "hcl")
    assert (engine.paused, engine.failed) == ([True], ["d"])
    assert 80 <= clock.now_s < 90


def test_one_that_turns_bad_while_it_is_held_is_not_let_go_on_first() -> None:
    engine, metrics = nomad(), FakeMetrics({RECENT: 3.0, BAD: 0.0, EVENTS: 5.0})
    deploy, clock, _ = flow(engine, metrics)

    def sleep(seconds: float) -> None:
        clock.now_s += seconds
        if clock.now_s > 10:
            metrics.values[BAD] = 5.0

    clock.sleep = sleep  # type: ignore[method-assign]
    with pytest.raises(DeployFailed, match="measures badly"):
        deploy.run(SPEC, TARGET, "hcl")
    assert engine.paused == [True]


def test_new_containers_that_serve_no_more_are_a_reason_to_go_back() -> None:
    engine, clock = nomad(), FakeClock()
    consul = FakeCatalog([check(passing=True, allocation_id="00000001-alloc")])
    deploy = Deploy(engine, consul, clock)
    deploy.gatekeeper = lambda spec: gatekeeper(FakeMetrics, clock, lambda _: None, lambda _: [], spec)

    def sleep(seconds: float) -> None:
        clock.now_s += seconds
        if clock.now_s > 3:
            consul.found = [check(passing=False, allocation_id="00000001-alloc")]

    clock.sleep = sleep  # type: ignore[method-assign]
    with pytest.raises(DeployFailed, match="none of the new containers has passed its check for 15 s"):
        deploy.run(SPEC, TARGET, "hcl")
    assert clock.now_s < 25


def test_what_is_updated_in_place_is_not_judged_as_new() -> None:
    engine = FakeOrchestrator(rollouts={1: [deployment(1, "successful")]}, placed=[allocation(1)])
    metrics = FakeMetrics({RECENT: 3.0, BAD: 90.0, EVENTS: 100.0})
    assert flow(engine, metrics)[0].run(SPEC, TARGET, "hcl").healthy
    assert metrics.asked == []


def test_the_undoing_comes_before_the_evidence() -> None:
    class Silent(Rollout):
        def log(self, allocation_id: str) -> str:
            assert self.failed
            raise EngineUnavailable("Nomad does not answer")

    engine = Silent(placed=[allocation(0)], rollouts=nomad().rollouts, remembered=nomad().remembered)
    deploy, _, _ = flow(engine, FakeMetrics({RECENT: 3.0, BAD: 6.0, EVENTS: 60.0}))
    with pytest.raises(DeployFailed, match="the version before runs again") as error:
        deploy.run(SPEC, TARGET, "hcl")
    assert "no log: Nomad does not answer" in (error.value.detail or "")


def test_a_lock_that_is_lost_ends_the_run_and_says_where_the_rollout_stands() -> None:
    engine = nomad()
    deploy, _, _ = flow(engine, FakeMetrics({RECENT: 3.0, EVENTS: 60.0}))
    deploy.recording = lambda _: nullcontext(lambda: bool(engine.paused))
    with pytest.raises(EngineUnavailable, match="this run's lock; its rollout is paused until the next"):
        deploy.run(SPEC, TARGET, "hcl")
    assert engine.failed == []


def test_an_interrupt_before_the_registration_changes_nothing() -> None:
    engine = nomad()
    deploy, _, _ = flow(engine, FakeMetrics())
    deploy.is_interrupted = lambda: True
    with pytest.raises(Interrupted, match="interrupted before it was registered"):
        deploy.run(SPEC, TARGET, "hcl")
    assert engine.registered == 0


def test_a_container_that_starts_again_keeps_its_count() -> None:
    total = Total()
    assert [total.add(value) for value in (3, 8, 2, 5)] == [3, 8, 10, 13]


def test_a_scrape_that_was_missed_counts_nothing_twice() -> None:
    total = Total()
    assert [total.add(value) for value in (None, 3, None, 8)] == [0, 3, 3, 8]


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
    engine.placed = [allocation(1), allocation(0)]
    deploy, _, _ = flow(engine, FakeMetrics({RECENT: 3.0, BAD: 0.0, EVENTS: 60.0}))
    assert deploy.run(SPEC, TARGET, "hcl").healthy
    assert engine.paused == [False]


def test_a_paused_rollout_without_gates_goes_on() -> None:
    engine = nomad()
    engine.changes, engine.state = (), deployment(1, "paused")
    engine.placed = [allocation(1), allocation(0)]
    deploy, _, _ = flow(engine, FakeMetrics())
    ungated = SPEC.model_copy(update={"rollout": SPEC.rollout.model_copy(update={"gates": {}})})
    assert deploy.run(ungated, TARGET, "hcl").healthy
    assert engine.paused == [False]


def test_where_nobody_reaches_a_prometheus_it_says_so() -> None:
    said: list[str] = []
    assert gatekeeper(lambda: None, FakeClock(), said.append, lambda _: [], SPEC) is None
    assert said == ["no Prometheus that operators reach: health checks alone decided, not its gates"]
    assert isinstance(gatekeeper(FakeMetrics, FakeClock(), said.append, lambda _: [], SPEC), Gatekeeper)
