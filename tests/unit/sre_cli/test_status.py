"""What `sre status` finds wrong, what it shows, and what it does when an engine is silent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import pytest
from typer.testing import CliRunner

from sre_cli import wiring
from sre_cli.cli import build_app
from sre_cli.core.deployment import Check, JobState
from sre_cli.core.status import (
    Alert,
    JobHealth,
    Machine,
    NodeState,
    QueueState,
    ServerState,
    Service,
    Status,
    problems,
)
from sre_cli.core.status_text import status_lines
from sre_cli.errors import EngineUnavailable
from sre_cli.flows.status import AVAILABILITY, WAITING, Look
from sre_cli.ports import Sample
from tests.unit.sre_cli.fakes import FakeCatalog, FakeOrchestrator, check

PASSING, FAILING = check(passing=True), check(passing=False)
MACHINES = tuple(Machine(f"node-{zone}", f"zone-{zone}", True) for zone in "abc")
NODES = tuple(NodeState(f"node-{zone}", "core", "ready", 1024, 3072) for zone in "abc")
SERVERS = tuple(ServerState(f"server-{i}", i == 0, True, True) for i in range(3))
WELL = Status(
    env="local",
    zones=("zone-a", "zone-b", "zone-c"),
    wanted_jobs=("api",),
    wanted_servers=3,
    wanted_nodes={"core": 3},
    machines=MACHINES,
    servers=SERVERS,
    nodes=NODES,
    jobs=(JobHealth(JobState("api", "running", "v1", 1, 1), (PASSING,)),),
    queues=(QueueState("ekyc.tasks.face-match", 2, 4),),
    service=Service(1200, 0.9995, 0.31),
    alerts=(),
    ingress="ready",
)


def job(checks: tuple[Check, ...], running: int = 1, status: str = "running", name: str = "api") -> JobHealth:
    return JobHealth(JobState(name, status, "v1", running, 1), checks)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"machines": (*MACHINES[:2], replace(MACHINES[2], is_up=False))}, "zone zone-c is cut off"),
        ({"machines": MACHINES[:2]}, "zone zone-c has no machine"),
        ({"servers": tuple(replace(s, is_leader=False) for s in SERVERS)}, "the servers have no leader"),
        (
            {"servers": (*SERVERS[:2], replace(SERVERS[2], is_healthy=False))},
            "server server-2 is not healthy",
        ),
        # Autopilot forgets a server that is dead, and calls the rest healthy.
        ({"servers": SERVERS[:2]}, "2 of 3 servers are there"),
        ({"nodes": (*NODES[:2], replace(NODES[2], status="draining"))}, "node node-c is draining"),
        ({"nodes": NODES[:2]}, "pool core: 2 of 3 nodes are there"),
        ({"jobs": ()}, "job api is not deployed"),
        ({"jobs": (job((), 0, "stopped"),)}, "job api is not deployed"),
        ({"jobs": (job((PASSING,), 0),)}, "job api: 0 of 1 allocations run"),
        ({"jobs": (job((PASSING, FAILING)),)}, "job api: 1 of 2 containers are healthy"),
        ({"ingress": "https://x answers 503"}, "ingress: https://x answers 503"),
        ({"alerts": (Alert("SlowBurn", "page", "job=api"),)}, "alert SlowBurn fires (job=api)"),
        ({"silent": {"Prometheus": "does not answer"}}, "Prometheus: does not answer"),
    ],
)
def test_each_trouble_is_one_line(change: dict[str, object], problem: str) -> None:
    assert problems(replace(WELL, **change)) == [problem]  # type: ignore[arg-type]


def test_all_well_is_no_line() -> None:
    assert problems(WELL) == []


def test_a_machine_that_nobody_remembers_but_nomad_is_gone_for_good() -> None:
    gone = NodeState("node-x", "core", "down", 0, 3072)
    assert problems(replace(WELL, nodes=(*NODES, gone))) == []
    assert problems(replace(WELL, nodes=(*NODES, gone), machines=None)) == ["node node-x is down"]


def test_it_fits_the_screen_and_says_what_it_does_not_know() -> None:
    lines = list(status_lines(WELL))
    assert max(map(len, lines)) <= 100
    text = "\n".join(lines)
    for word in ("zone-b 1/1 up", "3/3 healthy, quorum, leader server-0", "3.0 of 9.0 GiB (33 %)"):
        assert word in text
    assert "last hour: 1200 requests, availability 99.95 %, p95 0.31 s" in text
    assert "2/3 healthy, quorum" in "\n".join(status_lines(replace(WELL, servers=SERVERS[:2])))
    empty = Status(env="local", zones=("zone-a",), wanted_jobs=())
    assert "\n".join(status_lines(empty)).count("no data") == 7


@dataclass
class FakeMetrics:
    """Answers by query."""

    known: dict[str, list[Sample]] = field(default_factory=dict)

    def instant(self, query: str) -> list[Sample]:
        return self.known.get(query, [])


class FakeFront:
    def knock(self) -> str:
        return "ready"


class Silent:
    """An engine that is away, whatever it is asked."""

    def __getattr__(self, name: str) -> object:
        def ask(*_: object) -> object:
            raise EngineUnavailable("does not answer")

        return ask


def look(**changes: object) -> Look:
    parts: dict[str, object] = {
        "orchestrator": FakeOrchestrator(),
        "catalog": FakeCatalog([PASSING]),
        "metrics": FakeMetrics(),
        **changes,
    }
    return Look(env="local", zones=("zone-a",), wanted_jobs=("toy", "ingress"), front=FakeFront(), **parts)  # type: ignore[arg-type]


def test_everything_is_asked() -> None:
    queue = Sample({"queue": "ekyc.tasks.x"}, 3)
    seen = look(metrics=FakeMetrics({WAITING: [queue], AVAILABILITY: [Sample({}, 0.99)]})).run()
    assert seen.queues == [QueueState("ekyc.tasks.x", 3, 0)]
    assert seen.service == Service(None, 0.99, None)
    assert seen.ingress == "ready"
    assert problems(seen) == ["job ingress is not deployed"]


@pytest.mark.parametrize(
    ("engine", "name", "missing"),
    [
        ("orchestrator", "Nomad", {"nodes", "servers", "jobs"}),
        ("catalog", "Consul", {"machines"}),
        ("metrics", "Prometheus", {"queues", "service", "alerts"}),
    ],
)
def test_a_silent_engine_leaves_its_part_out(engine: str, name: str, missing: set[str]) -> None:
    seen = look(**{engine: Silent()}).run()
    assert dict(seen.silent) == {name: "does not answer"}
    parts = ("machines", "nodes", "servers", "jobs", "queues", "service", "alerts")
    assert {part for part in parts if getattr(seen, part) is None} == missing


def test_when_nobody_answers_nothing_can_be_said() -> None:
    with pytest.raises(EngineUnavailable, match="does not answer"):
        look(orchestrator=Silent(), catalog=Silent()).run()


def test_the_exit_code_is_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "look", lambda env: look())
    done = CliRunner().invoke(build_app(), ["status"])
    assert done.exit_code == 3
    assert "- job ingress is not deployed" in done.stdout
    told = json.loads(CliRunner().invoke(build_app(), ["status", "--json"]).stdout)
    assert told["problems"] == ["job ingress is not deployed"]
