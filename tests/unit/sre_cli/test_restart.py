"""Restarts and drains: one at a time, in order, and never for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from sre_cli.core.deployment import Allocation, Check, Placed
from sre_cli.core.restart import in_turn
from sre_cli.core.status import Machine
from sre_cli.errors import DeployFailed, Interrupted, Refused, UsageError
from sre_cli.flows.drain import Drain
from sre_cli.flows.restart import Restart
from sre_cli.specs.job import JobSpec
from tests.unit.sre_cli.fakes import FakeCatalog, FakeClock, FakeOrchestrator, allocation, check, deployment

SPEC = JobSpec.model_validate(
    {"job": "toy", "image": "toy", "count": 3, "scale": 2, "resources": {"memory_mib": 64}}
)
ROOTED = JobSpec.model_validate(
    {
        "job": "data",
        "image": "data",
        "home_zone": 0,
        "volumes": [{"name": "data", "path": "/data"}],
        "resources": {"memory_mib": 64},
    }
)
ZONES = {"node-0": "zone-a", "node-1": "zone-b", "node-2": "zone-c"}


def placed(number: int) -> Allocation:
    return replace(allocation(0), id=f"{number:08d}-alloc", node=f"node-{number % 3}")


@dataclass
class FakeNodes:
    """Each allocation that is replaced comes up again, healthy or not, under a new id."""

    nomad: FakeOrchestrator
    consul: FakeCatalog
    comes_up: bool = True
    here: list[list[Placed]] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def replace(self, allocation_id: str) -> None:
        self.replaced.append(allocation_id)
        new = f"new-{allocation_id[:8]}"
        kept = [one for one in self.consul.found if one.allocation_id != allocation_id]
        self.consul.found = [
            *kept,
            *(check(passing=self.comes_up, allocation_id=new) for _ in range(SPEC.scale)),
        ]

    def placed(self, node: str) -> list[Placed]:
        return self.here.pop(0) if len(self.here) > 1 else self.here[0]

    def drain(self, node: str, within_s: int) -> None:
        self.said.append(f"drain {node} within {within_s} s")

    def resume(self, node: str) -> None:
        self.said.append(f"resume {node}")


def restart(*, comes_up: bool = True) -> tuple[Restart, FakeNodes]:
    old = [placed(number) for number in range(3)]
    consul = FakeCatalog([check(passing=True, allocation_id=one.id) for one in old for _ in range(2)])
    consul.members = [Machine(node, zone, is_up=True) for node, zone in ZONES.items()]
    nomad = FakeOrchestrator(placed=old)
    nodes = FakeNodes(nomad, consul, comes_up)
    return Restart(nomad, nodes, consul, FakeClock(), lambda _: None), nodes


def test_zones_take_turns_odd_before_even_and_unhealthy_ones_first() -> None:
    all_of_them = [placed(number) for number in range(6)]
    assert [one.id[:8] for one in in_turn(all_of_them, ZONES, {placed(4).id})] == [
        f"{number:08}" for number in (4, 0, 3, 2, 5, 1)
    ]


def test_every_allocation_is_replaced_once() -> None:
    flow, nodes = restart()
    assert flow.run(SPEC).allocations == 3
    assert [one[:8] for one in nodes.replaced] == ["00000000", "00000002", "00000001"]


def test_one_that_does_not_come_up_ends_it() -> None:
    flow, nodes = restart(comes_up=False)
    with pytest.raises(DeployFailed, match="is not healthy; 0 of 3 allocations were replaced"):
        flow.run(SPEC)
    assert len(nodes.replaced) == 1


def test_nothing_is_restarted_in_the_middle_of_a_rollout() -> None:
    flow, nodes = restart()
    flow.orchestrator = FakeOrchestrator(placed=[placed(0), replace(placed(1), job_version=1)])
    with pytest.raises(Refused, match="a rollout is under way, or was left; nothing was done"):
        flow.run(SPEC)
    flow.orchestrator = FakeOrchestrator(placed=[placed(0)], rollouts={0: [deployment(0, "paused")]})
    with pytest.raises(Refused, match="a rollout is under way"):
        flow.run(SPEC)
    assert nodes.replaced == []


def test_an_interrupt_ends_it_between_two() -> None:
    flow, nodes = restart()
    flow.is_interrupted = lambda: bool(nodes.replaced)
    with pytest.raises(Interrupted, match="1 of 3 allocations were replaced, the others go on"):
        flow.run(SPEC)
    assert len(nodes.replaced) == 1


def test_nothing_that_runs_is_nothing_to_restart() -> None:
    flow, _ = restart()
    flow.orchestrator = FakeOrchestrator(placed=[replace(placed(0), status="complete")])
    with pytest.raises(UsageError, match="nothing of it runs"):
        flow.run(SPEC)


def drain(*here: list[Placed], checks: list[Check] | None = None, others: int = 3) -> tuple[Drain, FakeNodes]:
    healthy = [check(passing=True) for _ in range(6)]
    consul = FakeCatalog(healthy if checks is None else checks)
    nodes = FakeNodes(FakeOrchestrator(), consul, here=list(here))
    known = {"toy": SPEC, "data": ROOTED}

    def takes(node: str) -> bool:
        return f"drain {node}" not in " ".join(nodes.said)

    def specs(jobs: Sequence[str]) -> dict[str, JobSpec]:
        return {job: known[job] for job in jobs if job in known}

    return Drain(nodes, consul, FakeClock(), specs, lambda *_: others, takes, lambda _: None), nodes


TOY, DATA, STRANGER = Placed("1", "toy"), Placed("2", "data"), Placed("3", "stranger")


def test_a_drain_ends_when_all_is_healthy_elsewhere() -> None:
    flow, nodes = drain([TOY, STRANGER], [TOY, STRANGER], [TOY], [])
    assert flow.run("node-0").moved == ("stranger", "toy")
    assert nodes.said == ["drain node-0 within 345 s"]


def test_a_machine_that_holds_data_is_left_alone_unless_forced() -> None:
    flow, nodes = drain([DATA], [DATA], [])
    with pytest.raises(Refused, match="data: its data is here, it would be down") as error:
        flow.run("node-0")
    assert (nodes.said, error.value.hint) == ([], "sre drain node-0 --force")
    assert flow.run("node-0", forced=True).moved == ("data",)


def test_what_is_not_healthy_elsewhere_is_told() -> None:
    flow, _ = drain([TOY], [TOY], [], checks=[check(passing=True)])
    assert isinstance(flow.catalog, FakeCatalog)
    flow.nodes.drain = lambda *_: flow.catalog.found.clear()  # type: ignore[attr-defined, method-assign]
    with pytest.raises(DeployFailed, match="toy: 0/1 containers pass"):
        flow.run("node-0")


def test_an_interrupted_drain_is_taken_back() -> None:
    flow, nodes = drain([TOY])
    flow.is_interrupted = lambda: True
    with pytest.raises(Interrupted, match="takes jobs again"):
        flow.run("node-0")
    assert nodes.said[-1] == "resume node-0"


def test_an_empty_machine_is_drained_at_once_and_comes_back() -> None:
    flow, nodes = drain([])
    assert flow.run("node-0").moved == ()
    flow.resume("node-0")
    assert nodes.said == ["drain node-0 within 60 s", "resume node-0"]


def test_a_machine_without_which_there_are_too_few_is_left_alone() -> None:
    flow, nodes = drain([TOY], others=2)
    with pytest.raises(Refused, match="toy: other machines could take 2 of its 3"):
        flow.run("node-0")
    assert nodes.said == []


def test_one_that_is_drained_already_stays_so() -> None:
    flow, nodes = drain([TOY], [TOY], [])
    nodes.said.append("drain node-0")
    with pytest.raises(Refused, match="takes no jobs already; nothing was done"):
        flow.run("node-0")
    assert nodes.said == ["drain node-0"]
