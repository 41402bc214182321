"""Upgrades: the order, what is refused, and that nobody's turn comes before the last one is well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sre_cli.core.upgrade import Agent, plan_upgrade
from sre_cli.errors import DeployFailed, EngineUnavailable, Refused, UsageError
from sre_cli.flows.upgrade import SERVER_S, Upgrade
from tests.unit.sre_cli.fakes import FakeClock

OLD, NEW = "1.10.0", "1.10.1"
AGENTS = [
    Agent("core-0", False, OLD, True, pool="core"),
    Agent("server-0", True, OLD, True, is_leader=True),
    Agent("server-1", True, OLD, True),
    Agent("api-0", False, OLD, True, pool="api"),
    Agent("server-2", True, OLD, True),
]


class FakeFleet:
    """Agents that take `boot_s` to come back with the version they were told; those in `broken` never do."""

    engine = "nomad"

    def __init__(self, clock: FakeClock, broken: tuple[str, ...] = (), boot_s: float = 20):
        self.known = {agent.node: agent for agent in AGENTS}
        self.ordered: list[str] = []
        self.well_when_ordered: list[bool] = []
        self.withdrawn = False
        self._clock, self._broken, self._boot_s = clock, broken, boot_s
        self._back: dict[str, tuple[float, str]] = {}

    def agents(self) -> list[Agent]:
        for node, (back_s, version) in list(self._back.items()):
            if self._clock.monotonic() >= back_s:
                self.known[node] = replace(self.known[node], version=version, is_well=True)
                del self._back[node]
        return list(self.known.values())

    def check(self, version: str) -> None:
        if version == "1.10.9":
            raise Refused("nobody has 1.10.9")

    def order(self, node: str, version: str) -> None:
        self.well_when_ordered.append(all(agent.is_well for agent in self.agents()))
        self.ordered.append(node)
        self.known[node] = replace(self.known[node], is_well=False, is_leader=False)
        if node not in self._broken:
            self._back[node] = (self._clock.monotonic() + self._boot_s, version)

    def withdraw(self) -> None:
        self.withdrawn = True

    def yield_leadership(self) -> None:
        nodes = [agent.node for agent in self.known.values() if agent.is_server]
        leader = next(node for node in nodes if self.known[node].is_leader)
        heir = next(node for node in nodes if node != leader)
        self.known[leader] = replace(self.known[leader], is_leader=False)
        self.known[heir] = replace(self.known[heir], is_leader=True)


def flow(fleet: FakeFleet, clock: FakeClock) -> Upgrade:
    return Upgrade("blue", fleet, 3, clock, lambda line: None)


def test_servers_first_the_leader_last_then_pool_by_pool() -> None:
    order = [agent.node for agent in plan_upgrade(AGENTS, NEW, 3)]
    assert order == ["server-1", "server-2", "server-0", "api-0", "core-0"]


def test_each_turn_comes_when_all_are_well_again() -> None:
    clock = FakeClock()
    fleet = FakeFleet(clock)
    done = flow(fleet, clock).run(NEW)
    assert done.nodes == fleet.ordered == ["server-1", "server-2", "server-0", "api-0", "core-0"]
    assert fleet.well_when_ordered == [True] * 5
    assert {agent.version for agent in fleet.agents()} == {NEW}
    assert fleet.withdrawn


def test_it_stops_at_the_first_that_does_not_come_back_and_goes_on_there() -> None:
    clock = FakeClock()
    fleet = FakeFleet(clock, broken=("server-2",))
    with pytest.raises(DeployFailed) as failure:
        flow(fleet, clock).run(NEW)
    assert failure.value.message == (
        "server-2 does not come back with nomad 1.10.1; done before it: server-1"
    )
    assert "sre infra upgrade blue nomad 1.10.1 goes on" in (failure.value.hint or "")
    assert fleet.ordered == ["server-1", "server-2"]
    assert fleet.withdrawn
    assert clock.now_s > SERVER_S

    fleet.known["server-2"] = replace(fleet.known["server-2"], version=NEW, is_well=True)
    assert flow(fleet, clock).run(NEW).nodes == ["server-0", "api-0", "core-0"]


def test_what_went_wrong_first_is_what_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    fleet = FakeFleet(clock, broken=("server-1",))

    def refuse() -> None:
        raise EngineUnavailable("Consul keeps the last order")

    monkeypatch.setattr(fleet, "withdraw", refuse)
    with pytest.raises(DeployFailed, match="server-1 does not come back"):
        flow(fleet, clock).run(NEW)


def test_an_engine_that_is_away_is_no_verdict() -> None:
    clock = FakeClock()
    fleet = FakeFleet(clock)
    fleet.known.clear()
    with pytest.raises(EngineUnavailable, match="nomad of blue does not answer"):
        flow(fleet, clock).plan(NEW)


def test_a_word_that_is_no_version_is_told_at_once() -> None:
    clock = FakeClock()
    with pytest.raises(UsageError, match="no version"):
        flow(FakeFleet(clock), clock).plan("latest")
    assert clock.now_s == FakeClock().now_s


def test_nothing_to_do_when_all_run_it() -> None:
    clock = FakeClock()
    fleet = FakeFleet(clock)
    assert flow(fleet, clock).run(OLD).nodes == []


@pytest.mark.parametrize(
    ("changes", "version", "why"),
    [
        ({"server-1": None}, NEW, "2 of 3 servers are there"),
        ({"server-1": {"is_well": False}}, NEW, "not healthy: server-1"),
        ({"server-0": {"is_leader": False}}, NEW, "the servers have no leader"),
        ({}, "1.9.9", "1.10.0 runs already, and neither Nomad nor Consul goes back"),
        ({}, "1.12.0", "from 1.10.0 go by 1.11 first: one minor version at a time"),
        ({}, "2.0.0", "from 1.10.0 go by 1.11 first: one minor version at a time"),
    ],
)
def test_what_would_cost_the_quorum_or_is_no_supported_step_is_refused(
    changes: dict[str, dict[str, object] | None], version: str, why: str
) -> None:
    agents = []
    for agent in AGENTS:
        change = changes.get(agent.node, {})
        if change is not None:
            agents.append(replace(agent, **change))  # type: ignore[arg-type]
    with pytest.raises(Refused) as refusal:
        plan_upgrade(agents, version, 3)
    assert refusal.value.message == f"no upgrade to {version}: {why}"


def test_a_version_that_nodes_cannot_have_is_refused_before_anything_changes() -> None:
    clock = FakeClock()
    fleet = FakeFleet(clock)
    with pytest.raises(Refused, match=r"nobody has 1\.10\.9"):
        flow(fleet, clock).run("1.10.9")
    assert fleet.ordered == []


@pytest.mark.parametrize("text", ["latest", "1.10", "1.10.0.1"])
def test_a_version_has_three_numbers(text: str) -> None:
    with pytest.raises(UsageError, match="is no version"):
        plan_upgrade(AGENTS, text, 3)
