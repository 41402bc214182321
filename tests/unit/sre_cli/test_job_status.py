"""`sre status JOB`: what it shows of one job, and what it finds wrong."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from sre_cli import wiring
from sre_cli.cli import build_app
from sre_cli.core.deployment import JobState
from sre_cli.core.job_status import JobStatus, Placed, age, job_status_lines
from sre_cli.errors import UsageError
from sre_cli.flows.job_status import job_status
from sre_cli.specs.history import Entry, Result
from tests.unit.sre_cli.fakes import (
    FakeCatalog,
    FakeLedger,
    FakeOrchestrator,
    allocation,
    check,
    deployment,
)
from tests.unit.sre_cli.test_history import minutes, version

DEPLOYED = Entry(
    id="1", job="toy", action="deploy", began_at=minutes(1), by="ada", result=Result.HEALTHY, after="v3"
)
PLACED = Placed(allocation(3), "zone-a", 125.0, (check(passing=True, allocation_id="00000003-alloc"),))
WELL = JobStatus(
    env="e2e",
    state=JobState("toy", "running", "v3", 1, 1),
    placed=(PLACED,),
    rollout=deployment(3, "successful", "Deployment completed successfully"),
    obstacles=(),
    changes=(),
    is_held=False,
)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"state": JobState("toy", "stopped", "v3", 0, 0)}, "toy is stopped"),
        ({"state": JobState("toy", "running", "v3", 1, 2)}, "1 of 2 allocations run"),
        (
            {"placed": (replace(PLACED, checks=(check(passing=False),)),)},
            "1 of 1 containers fail their check",
        ),
        ({"obstacles": ("1 node(s) lack memory",)}, "cannot be placed: 1 node(s) lack memory"),
        (
            {"rollout": deployment(3, "paused")},
            "a rollout is paused and nobody watches it: sre deploy toy --env e2e",
        ),
        ({"rollout": deployment(3, "paused"), "is_held": True}, None),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, object], problem: str | None) -> None:
    assert replace(WELL, **changes).problems() == ([problem] if problem else [])  # type: ignore[arg-type]


def test_it_shows_where_each_allocation_runs_and_why_a_container_fails() -> None:
    failing = replace(PLACED, checks=(check(passing=False),))
    lines = list(job_status_lines(replace(WELL, placed=(failing,), changes=(DEPLOYED,))))
    assert lines[:2] == [
        "toy v3: running, 1 of 1 allocations run, 0 of 1 containers pass",
        "rollout of version 3: successful, 1 of 1 steady; Deployment completed successfully",
    ]
    assert lines[4].split() == ["00000003", "node-a", "zone-a", "3", "running", "2m", "0/1", "127.0.0.1:8000"]
    assert lines[5] == "    replica-0 at 127.0.0.1:8000 fails: HTTP GET /readyz: 503 Service Unavailable"
    assert "toy  deploy" in lines[-1]


def test_it_is_gathered_from_all_three() -> None:
    nomad = FakeOrchestrator(
        placed=[allocation(1), allocation(0, "complete", wanted=False)],
        rollouts={1: [deployment(1, "successful")]},
        remembered=[version(0, minutes(0)), version(1, minutes(1))],
    )
    consul = FakeCatalog([check(passing=True, allocation_id="00000001-alloc")])
    seen = job_status("e2e", "toy", nomad, consul, FakeLedger(busy={"toy": "1"}), now_s=60)
    assert [(one.zone, one.age_s, len(one.checks)) for one in seen.placed] == [("zone-a", 60, 1)]
    assert (seen.is_held, seen.problems()) == (True, [])
    assert [one.action for one in seen.changes] == ["register", "register"]


def test_a_job_that_nobody_knows_is_told_with_those_that_are() -> None:
    with pytest.raises(UsageError) as caught:
        job_status("e2e", "tpy", FakeOrchestrator(), FakeCatalog(), FakeLedger(), now_s=0)
    assert caught.value.hint == "it knows toy"


def test_the_command_ends_with_3_when_something_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    nomad, consul = FakeOrchestrator(placed=[allocation()]), FakeCatalog([check(passing=False)])
    ledger = FakeLedger([DEPLOYED])
    monkeypatch.setattr(wiring, "orchestrator", lambda _: nomad)
    monkeypatch.setattr(wiring, "catalog", lambda _: consul)
    monkeypatch.setattr(wiring, "ledger", lambda _: ledger)
    done = CliRunner().invoke(build_app(), ["status", "toy", "--json"])
    told = json.loads(done.stdout)
    assert (done.exit_code, told["problems"]) == (3, ["1 of 1 containers fail their check"])
    assert told["changes"][0]["action"] == "deploy"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (59, "59s"), (60, "1m"), (7300, "2h"), (1e6, "11d")]
)
def test_ages_are_short(seconds: float, text: str) -> None:
    assert age(seconds) == text
