"""What a cluster still lacks, against pretended answers."""

from __future__ import annotations

from typing import Any

import pytest

from infra.health import missing

POOLS = {"core": 1}
NODE = {
    "ID": "n1",
    "Name": "prod-core-0",
    "NodeClass": "core",
    "Status": "ready",
    "SchedulingEligibility": "eligible",
    "Drivers": {"raw_exec": {"Healthy": True}},
    "Attributes": {"consul.version": "1.20.0"},
}
STATS = {"Uptime": 7}


def server(name: str, *, healthy: bool = True) -> dict[str, Any]:
    return {"Name": name, "Healthy": healthy}


def member(role: str = "consul", status: int = 1) -> dict[str, Any]:
    return {"Status": status, "Tags": {"role": role}}


def nomad() -> dict[str, Any]:
    return {
        "/v1/status/leader": "10.0.0.1:4647",
        "/v1/operator/autopilot/health": {"Servers": [server(name) for name in "abc"]},
        "/v1/nodes": [NODE],
        "/v1/node/n1": NODE,
        "/v1/client/stats?node_id=n1": STATS,
    }


CONSUL = {
    "/v1/status/leader": "10.0.0.1:8300",
    "/v1/agent/members": [member(), member(), member(), member("node")],
}


def lacking(
    nomad_answers: dict[str, Any] | None = None,
    consul_answers: dict[str, Any] | None = None,
    pools: dict[str, int] | None = None,
) -> list[str]:
    one, other = nomad_answers or nomad(), CONSUL | (consul_answers or {})
    return missing(one.get, other.get, 3, pools or POOLS)


def test_a_healthy_cluster_lacks_nothing() -> None:
    assert lacking() == []


@pytest.mark.parametrize(
    "change",
    [
        {"Status": "initializing"},
        {"SchedulingEligibility": "ineligible"},
        {"Drivers": None},
        {"Drivers": {"raw_exec": {"Healthy": False}}},
        {"Attributes": {"cpu.numcores": "2"}},
    ],
)
def test_a_node_that_takes_no_jobs_is_named(change: dict[str, Any]) -> None:
    node = NODE | change
    found = lacking(nomad() | {"/v1/nodes": [node], "/v1/node/n1": node})
    assert found == ["pool core: 0 of 1 nodes ready (not yet: prod-core-0)"]


def test_a_node_that_is_gone_is_not_waited_for_but_its_pool_is() -> None:
    down = NODE | {"Status": "down"}
    gone = nomad() | {"/v1/nodes": [down, NODE | {"ID": "n2"}], "/v1/node/n1": down, "/v1/node/n2": NODE}
    gone |= {"/v1/client/stats?node_id=n2": STATS}
    assert lacking(gone) == []
    assert lacking(gone, pools={"core": 2}) == ["pool core: 1 of 2 nodes ready"]


def test_a_node_that_nomad_still_believes_in_must_answer_itself() -> None:
    silent = nomad() | {"/v1/client/stats?node_id=n1": None}
    assert lacking(silent) == ["pool core: 0 of 1 nodes ready (not yet: prod-core-0)"]


def test_servers_are_counted_when_they_are_healthy() -> None:
    sick = {"Servers": [server("a"), server("b"), server("c", healthy=False)]}
    assert lacking(nomad() | {"/v1/operator/autopilot/health": sick}) == ["Nomad: 2 of 3 servers healthy"]
    assert lacking(nomad() | {"/v1/operator/autopilot/health": None}) == [
        "Nomad: not all servers are healthy"
    ]
    assert lacking(nomad() | {"/v1/status/leader": ""}) == ["Nomad has no leader"]


def test_consul_is_looked_at_as_well() -> None:
    assert lacking(consul_answers={"/v1/status/leader": ""}) == ["Consul has no leader"]
    left = [member(), member(status=4), member(), member("node")]
    assert lacking(consul_answers={"/v1/agent/members": left}) == ["Consul: 2 of 3 servers"]


def test_silence_is_not_health() -> None:
    assert missing(lambda _: None, lambda _: None, 3, POOLS) == [
        "Consul has no leader",
        "Nomad has no leader",
        "pool core: 0 of 1 nodes ready",
    ]
