"""The bootstrap of ACLs against a Consul and a Nomad that remember, and refuse as the real ones do."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import unquote

import pytest

from infra.node.sre_node import acl, consul_acl, eligible
from infra.node.sre_node.api import Api, Refusal
from tests.unit.infra.node.conftest import BUNDLE, Answer, Asked, Serve


class Consul:
    """As much of Consul's ACLs as is asked here."""

    def __init__(self) -> None:
        self.known: dict[str, dict[str, Any]] = {}
        self.rules: list[dict[str, str]] = []
        self.writes: list[str] = []

    def __call__(self, asked: Asked) -> Answer:
        if asked.headers.get("X-consul-token", asked.headers.get("X-Consul-Token")) != "management":
            return 403, b"Permission denied"
        return self.write(asked) if asked.method == "PUT" else self.read(unquote(asked.path))

    def write(self, asked: Asked) -> Answer:
        body = json.loads(asked.body)
        kind = asked.path.split("/")[3]
        self.writes.append(f"{kind} {body.get('Name') or body.get('Description') or body['BindName']}")
        if kind == "binding-rule":
            self.rules.append(body)
        else:
            self.known[f"{kind} {body.get('AccessorID') or body['Name']}"] = {"ID": body.get("Name"), **body}
        return 200, b"{}"

    def read(self, path: str) -> Answer:
        if path.startswith("/v1/acl/binding-rules"):
            return 200, json.dumps(self.rules).encode()
        kind = path.split("/")[3]
        found = self.known.get(f"{kind} {path.rpartition('/')[2]}")
        # The real one answers so to an accessor that it does not know.
        missing = (403, b"ACL not found") if kind == "token" else (404, b"not found")
        return (200, json.dumps(found).encode()) if found else missing


def consul_api(serve: Serve, consul: Consul, token: str = "management") -> Api:  # noqa: S107
    return Api(serve(consul), "X-Consul-Token", token)


def test_consuls_acls_are_made_once(serve: Serve) -> None:
    consul = Consul()
    api = consul_api(serve, consul)
    consul_acl.apply(api, "blue", BUNDLE)
    assert consul.writes == [
        *("policy agent", "policy nomad", "policy nomad-tasks-default", "token agent", "token nomad"),
        *("role nomad-tasks-default", "auth-method nomad-workloads"),
        *("binding-rule ${value.nomad_service}", "binding-rule nomad-tasks-${value.nomad_namespace}"),
    ]
    consul_acl.apply(api, "blue", BUNDLE)
    assert len(consul.writes) == 9


def test_rules_that_somebody_changed_and_a_new_authority_are_put_right(serve: Serve) -> None:
    consul = Consul()
    api = consul_api(serve, consul)
    consul_acl.apply(api, "blue", BUNDLE)
    consul.known["policy agent"]["Rules"] = 'acl = "write"'
    del consul.writes[:]
    consul_acl.apply(api, "blue", {**BUNDLE, "ca_pem": "another"})
    assert consul.writes == ["policy agent", "auth-method nomad-workloads"]
    assert 'node_prefix "blue-" { policy = "write" }' in consul.known["policy agent"]["Rules"]


def test_a_new_secret_is_a_new_token_beside_the_old(serve: Serve) -> None:
    consul = Consul()
    api = consul_api(serve, consul)
    consul_acl.apply(api, "blue", BUNDLE)
    consul_acl.apply(api, "blue", {**BUNDLE, "consul_agent_token": "fresh"})
    secrets = {one["SecretID"] for name, one in consul.known.items() if name.startswith("token")}
    assert secrets == {"agent-token", "nomad-token", "fresh"}


def test_a_refusal_is_not_taken_for_nothing_there(serve: Serve) -> None:
    with pytest.raises(Refusal, match="HTTP 403: Permission denied"):
        consul_acl.apply(consul_api(serve, Consul(), "wrong"), "blue", BUNDLE)


@pytest.mark.parametrize(("knows", "asks"), [(True, ["GET"]), (False, ["GET", "POST"])])
def test_nomad_is_told_its_token_once(serve: Serve, knows: bool, asks: list[str]) -> None:
    methods: list[str] = []

    def nomad(asked: Asked) -> Answer:
        methods.append(asked.method)
        if asked.method == "POST":
            assert json.loads(asked.body) == {"BootstrapSecret": "secret"}
            return 200, b"{}"
        return (200, b"{}") if knows else (403, b"ACL token not found")

    acl.bootstrap_nomad(Api(serve(nomad), "X-Nomad-Token", "secret"), "secret")
    assert methods == asks


def test_what_is_not_done_is_tried_again_and_said_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    outcomes: list[Exception | None] = [Refusal(500, "No cluster leader"), OSError("refused"), None]

    def attempt() -> None:
        outcome = outcomes.pop(0)
        if outcome:
            raise outcome

    acl.until_done("Consul's policies", attempt)
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "Consul's policies: not yet: HTTP 500: No cluster leader",
        "Consul's policies: in place",
    ]


BACK = {
    "ID": "n1",
    "Name": "blue-core-1",
    "Status": "ready",
    "Drain": False,
    "SchedulingEligibility": "ineligible",
    "LastDrain": {"AccessorID": "client:n1", "Status": "complete"},
}


@pytest.mark.parametrize(
    ("change", "returned"),
    [
        ({}, True),
        ({"Status": "down"}, False),
        ({"Drain": True}, False),
        ({"SchedulingEligibility": "eligible"}, False),
        ({"LastDrain": None}, False),
        ({"LastDrain": {"AccessorID": "a-person", "Status": "complete"}}, False),
        ({"LastDrain": {"AccessorID": "client:n1", "Status": "draining"}}, False),
    ],
)
def test_only_a_node_that_drained_itself_and_is_back_takes_jobs_again(
    change: dict[str, Any], returned: bool
) -> None:
    assert eligible.has_returned({**BACK, **change}) is returned


@pytest.mark.parametrize(
    ("leads", "answers", "looks", "told"),
    [
        ("true", True, 2, 1),
        ("false", True, 2, 0),
        ("true", False, 2, 0),  # it drained itself and has gone
        ("true", True, 1, 0),  # it may still be on its way out
    ],
)
def test_the_server_that_leads_says_so_once_the_node_has_answered_twice(
    serve: Serve, leads: str, answers: bool, looks: int, told: int
) -> None:
    posts: list[str] = []

    def nomad(asked: Asked) -> Answer:
        if asked.method == "POST":
            posts.append(asked.path)
            return 200, b"{}"
        pages = {"/v1/agent/self": {"stats": {"nomad": {"leader": leads}}}, "/v1/nodes": [BACK]}
        if asked.path == "/v1/client/stats?node_id=n1":
            return (200, b"{}") if answers else (404, b"Unknown node")
        return 200, json.dumps(pages[asked.path]).encode()

    seen: set[str] = set()
    for _ in range(looks):
        seen = eligible.welcome(Api(serve(nomad), "X-Nomad-Token", "secret"), seen)
    assert posts == ["/v1/node/n1/eligibility"] * told
