"""Commands on engines in memory: what is done in which order, and what is printed."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner, Result

from sre_cli import wiring, wiring_deploy
from sre_cli.cli import build_app
from sre_cli.core.render import Target
from sre_cli.errors import UsageError
from tests.unit.sre_cli.fakes import (
    FakeCatalog,
    FakeLedger,
    FakeOrchestrator,
    FakeRegistry,
    allocation,
    check,
)

ZONES = ("zone-a", "zone-b", "zone-c")


@pytest.fixture
def nomad(monkeypatch: pytest.MonkeyPatch) -> FakeOrchestrator:
    """A Nomad on which nothing changes and everything is healthy."""
    fake = FakeOrchestrator(changes=(), placed=[allocation()])
    monkeypatch.setattr(wiring, "orchestrator", lambda env: fake)
    monkeypatch.setattr(wiring, "catalog", lambda env: FakeCatalog([check(passing=True)]))
    monkeypatch.setattr(
        wiring, "target", lambda spec, env, version: Target(env, version or "v1", zones=ZONES)
    )
    monkeypatch.setattr(wiring, "ledger", lambda env: FakeLedger())
    monkeypatch.setattr(wiring, "image_registry", lambda env, say: FakeRegistry(answers=False))
    return fake


def sre(*words: str) -> Result:
    return CliRunner().invoke(build_app(), words)


def test_a_typo_in_the_last_job_deploys_none(
    nomad: FakeOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring_deploy, "deployer", lambda *_: pytest.fail("something was deployed"))
    done = sre("deploy", "api", "apo")
    assert isinstance(done.exception, UsageError)
    assert "no job 'apo'" in done.exception.message


def test_whoever_turns_the_gates_off_says_why(nomad: FakeOrchestrator) -> None:
    refused = sre("deploy", "redis", "--ungated").exception
    assert isinstance(refused, UsageError)
    assert refused.hint == '--why "..."'
    assert sre("deploy", "redis", "--ungated", "--why", "the gate is wrong").exit_code == 0


def test_a_typo_in_the_last_job_stops_none(nomad: FakeOrchestrator) -> None:
    assert isinstance(sre("stop", "api", "apo").exception, UsageError)
    assert nomad.stopped == []


def test_deploy_prints_a_line_or_an_object_a_job(nomad: FakeOrchestrator) -> None:
    assert sre("deploy", "redis", "postgres").stdout.splitlines() == [
        "redis v1: nothing to change, healthy at 127.0.0.1:8000",
        "postgres v1: nothing to change, healthy at 127.0.0.1:8000",
    ]
    lines = sre("deploy", "redis", "postgres", "--json").stdout.splitlines()
    assert [json.loads(line)["job"] for line in lines] == ["redis", "postgres"]


def test_every_plan_is_shown_before_one_is_refused(nomad: FakeOrchestrator) -> None:
    nomad.cannot_place = ("1 node(s) lack memory",)
    done = sre("deploy", "redis", "postgres", "--plan")
    assert len(done.stdout.splitlines()) == 2
    assert str(done.exception).count("fits on no node: 1 node(s) lack memory") == 2


def test_stop_prints_an_object_a_job(nomad: FakeOrchestrator) -> None:
    nomad.placed = []
    assert json.loads(sre("stop", "api", "--json").stdout) == {"job": "api", "seconds": 0}


def test_logs_are_of_the_newest_allocation_that_ran(nomad: FakeOrchestrator) -> None:
    nomad.placed = [allocation(2, "pending"), allocation(1), allocation(0, "complete")]
    nomad.text = "one\ntwo\nthree\n"
    done = sre("logs", "api", "-n", "2")
    assert done.stdout == "two\nthree\n"
    assert "allocation 00000001 on node-a, running" in done.stderr
    assert "allocation 00000002" in sre("logs", "api", "--alloc", "00000002").stderr


def test_logs_of_nothing_propose_the_environments_jobs(nomad: FakeOrchestrator) -> None:
    nomad.placed = []
    error = sre("logs", "api", "--env", "e2e").exception
    assert isinstance(error, UsageError)
    assert error.hint == "sre jobs --env e2e"
