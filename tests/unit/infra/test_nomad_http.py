"""What counts as ready, and what is asked again, against a pretended Nomad."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from infra.node.nomad_http import NodeApi
from infra.progress import Step, step
from sre_cli.errors import EngineUnavailable

READY = {
    "ID": "n1",
    "Status": "ready",
    "Drivers": {"raw_exec": {"Healthy": True}},
    "Attributes": {"consul.version": "1.20.0"},
}


def api(answer: Callable[[httpx.Request], httpx.Response]) -> NodeApi:
    return NodeApi("http://nomad", "http://consul", "the-token", httpx.MockTransport(answer))


def with_node(node: dict[str, Any]) -> NodeApi:
    answers: dict[str, Any] = {
        "/v1/acl/token/self": {},
        "/v1/nodes": [{"ID": node["ID"]}],
        f"/v1/node/{node['ID']}": node,
    }
    return api(lambda request: httpx.Response(200, json=answers[request.url.path]))


def test_a_node_that_knows_consul_is_ready() -> None:
    assert with_node(READY).has_ready_node()


@pytest.mark.parametrize(
    "change",
    [
        {"Status": "initializing"},
        {"Drivers": None},
        {"Drivers": {}},
        {"Drivers": {"raw_exec": {"Healthy": False}}},
        {"Attributes": None},
        {"Attributes": {"cpu.numcores": "2"}},
    ],
)
def test_until_then_it_is_not(change: dict[str, Any]) -> None:
    assert not with_node(READY | change).has_ready_node()


def test_nor_without_a_leader() -> None:
    assert not api(lambda _: httpx.Response(500, text="No cluster leader")).has_ready_node()


def test_a_new_cluster_is_told_the_token() -> None:
    asked: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["X-Nomad-Token"] == "the-token"
        asked.append(request.read())
        return httpx.Response(403 if request.method == "GET" and not asked[1:] else 200, json=[])

    assert not api(answer).has_ready_node()
    assert asked[1] == b'{"BootstrapSecret":"the-token"}'


def test_a_cluster_that_was_told_another_token_is_no_reason_to_wait() -> None:
    refusing = api(lambda _: httpx.Response(400, text="ACL bootstrap already done (reset index: 7)"))
    with pytest.raises(EngineUnavailable, match="does not accept the token"):
        refusing.has_ready_node()


def test_a_variable_is_read_once_nomad_has_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Step, "pause", lambda _: None)
    answers = [httpx.Response(500), httpx.Response(200, json={"Items": {"a": "b"}, "ModifyIndex": 7})]
    with step("secrets") as watch:
        assert api(lambda _: answers.pop(0)).read_variable("api", watch) == ({"a": "b"}, 7)


def test_a_refusal_is_told() -> None:
    refusing = api(lambda _: httpx.Response(409, text="cas error"))
    with step("secrets") as watch, pytest.raises(EngineUnavailable, match=r"PUT .*nomad/jobs/api: HTTP 409"):
        refusing.write_variable("api", {"a": "b"}, 3, watch)


def test_an_unknown_variable_holds_nothing() -> None:
    with step("secrets") as watch:
        assert api(lambda _: httpx.Response(404)).read_variable("api", watch) == ({}, 0)
