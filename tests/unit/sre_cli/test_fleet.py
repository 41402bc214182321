"""What Nomad and Consul answer about their agents, read as one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sre_cli.adapters.fleet import ConsulFleet, NomadFleet
from sre_cli.core.upgrade import Agent
from sre_cli.errors import EngineUnavailable, Refused

Answers = dict[str, tuple[int, Any]]
HEALTH = {
    "Servers": [
        {"Name": "b-server-0.global", "Version": "1.10.0", "Healthy": True, "Voter": True, "Leader": True},
        {"Name": "b-server-1.global", "Version": "1.10.1", "Healthy": False, "Voter": True, "Leader": False},
    ]
}
NODES = [
    {
        "Name": name,
        "Version": "1.10.0",
        "Status": status,
        "SchedulingEligibility": eligibility,
        "NodeClass": "core",
    }
    for name, status, eligibility in (
        ("b-core-0", "ready", "eligible"),
        ("b-core-1", "ready", "ineligible"),
        ("b-core-2", "down", "eligible"),
    )
]
MEMBERS = [
    {"Name": "b-core-0", "Status": 1, "Tags": {"role": "node", "build": "1.20.0:abc"}},
    {"Name": "b-core-1", "Status": 4, "Tags": {"role": "node", "build": "1.20.0:abc"}},
    {"Name": "b-server-0", "Status": 1, "Tags": {"role": "consul", "build": "1.20.0:abc"}},
]


def client(answers: Answers, asked: list[httpx.Request]) -> httpx.Client:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        code, body = answers.get(request.url.path, (404, None))
        return httpx.Response(code, json=body)

    return httpx.Client(base_url="https://engine", transport=httpx.MockTransport(answer))


def release(engine: str, version: str) -> Callable[[str], dict[str, Any]]:
    if version == "9.9.9":
        raise Refused("nobody has it")
    return lambda node: {"url": f"file:///{engine}-for-{node}", "sha256": {"amd64": "ab"}}


def test_nomads_agents() -> None:
    # 429: the same answer while a server is not well.
    nomad = client({"/v1/operator/autopilot/health": (429, HEALTH), "/v1/nodes": (200, NODES)}, [])
    assert NomadFleet(nomad, client({}, []), release, mend="up").agents() == [
        Agent("b-server-0", True, "1.10.0", True, is_leader=True),
        Agent("b-server-1", True, "1.10.1", False),
        Agent("b-core-0", False, "1.10.0", True, pool="core"),
        Agent("b-core-1", False, "1.10.0", False, pool="core"),
    ]


def test_consuls_agents() -> None:
    consul = client(
        {"/v1/operator/autopilot/health": (200, {"Servers": []}), "/v1/agent/members": (200, MEMBERS)}, []
    )
    assert ConsulFleet(client({}, []), consul, release, mend="up").agents() == [
        Agent("b-core-0", False, "1.20.0", True)
    ]


def test_silence_is_nobody() -> None:
    silent = client({"/v1/operator/autopilot/health": (500, None)}, [])
    assert NomadFleet(silent, silent, release, mend="up").agents() == []


def test_the_leader_hands_over_to_a_voter() -> None:
    asked: list[httpx.Request] = []
    raft = {
        "Servers": [
            {"ID": "a", "Leader": True, "Voter": True},
            {"ID": "b", "Leader": False, "Voter": False},
            {"ID": "c", "Leader": False, "Voter": True},
        ]
    }
    transfer = "/v1/operator/raft/transfer-leadership"
    nomad = client({"/v1/operator/raft/configuration": (200, raft), transfer: (200, {})}, asked)
    NomadFleet(nomad, client({}, []), release, mend="up").yield_leadership()
    assert (asked[-1].method, asked[-1].url.path, asked[-1].url.params["id"]) == ("PUT", transfer, "c")


def test_an_order_tells_the_node_what_to_install_and_is_withdrawn() -> None:
    asked: list[httpx.Request] = []
    consul = client({"/v1/kv/sre/upgrade": (200, True)}, asked)
    fleet = NomadFleet(client({}, []), consul, release, mend="up")
    fleet.order("b-core-0", "1.10.1")
    fleet.withdraw()
    assert json.loads(asked[0].content) == {
        "engine": "nomad",
        "version": "1.10.1",
        "node": "b-core-0",
        "url": "file:///nomad-for-b-core-0",
        "sha256": {"amd64": "ab"},
    }
    assert [request.method for request in asked] == ["PUT", "DELETE"]
    with pytest.raises(Refused, match="nobody has it"):
        fleet.check("9.9.9")


def test_a_consul_that_refuses_is_named() -> None:
    fleet = NomadFleet(client({}, []), client({}, []), release, mend="sre infra up blue")
    with pytest.raises(EngineUnavailable, match="Consul does not take the order") as error:
        fleet.order("b-core-0", "1.10.1")
    assert error.value.hint == "sre infra up blue"
