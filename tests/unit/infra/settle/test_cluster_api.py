"""What is sent to Nomad and Consul, and what is asked again."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from infra.cluster_api import Access, ClusterApi
from infra.progress import Step, step
from sre_cli.errors import EngineUnavailable

ACCESS = Access("https://nomad", "https://consul", "", "nomad-token", "consul-token")


def api(answer: Callable[[httpx.Request], httpx.Response]) -> ClusterApi:
    return ClusterApi(ACCESS, httpx.MockTransport(answer))


def test_each_engine_gets_its_own_token_and_no_other() -> None:
    seen = {}

    def answer(request: httpx.Request) -> httpx.Response:
        seen[request.url.host] = {
            key: request.headers.get(key) for key in ("X-Nomad-Token", "X-Consul-Token")
        }
        return httpx.Response(200, json=[])

    both = api(answer)
    both.nomad("/v1/nodes")
    both.consul("/v1/agent/members")
    assert seen == {
        "nomad": {"X-Nomad-Token": "nomad-token", "X-Consul-Token": None},
        "consul": {"X-Nomad-Token": None, "X-Consul-Token": "consul-token"},
    }


def test_the_tokens_are_not_printed() -> None:
    assert "token" not in repr(ACCESS).replace("_token", "")


@pytest.mark.parametrize("answer", [httpx.Response(500), httpx.Response(200, text="not JSON")])
def test_no_answer_yet_is_none(answer: httpx.Response) -> None:
    assert api(lambda _: answer).nomad("/v1/nodes") is None


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


def test_a_connection_that_breaks_is_asked_again_and_told_at_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Step, "pause", lambda _: None)
    broken = [httpx.RemoteProtocolError("hung up")]

    def answer(_: httpx.Request) -> httpx.Response:
        if broken:
            raise broken.pop()
        return httpx.Response(200, json={"Items": {}, "ModifyIndex": 1})

    def never(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with step("secrets") as watch:
        assert api(answer).read_variable("api", watch) == ({}, 1)
    monkeypatch.setattr("infra.cluster_api.VARIABLE_DEADLINE_S", 0)
    with step("secrets") as watch, pytest.raises(EngineUnavailable, match="refuses GET") as told:
        api(never).read_variable("api", watch)
    assert told.value.detail == "refused"
