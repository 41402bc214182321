"""From the stack's outputs to a cluster whose jobs find their secrets."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from infra import settle as module
from infra.cluster_api import Access, ClusterApi
from infra.progress import Step
from infra.settle import given_items, keep_outputs, settle
from services.adapters.objects import OF_THE_MACHINE
from sre_cli.errors import EngineUnavailable
from sre_cli.specs.cluster import ClusterSpec, Objects
from sre_cli.specs.outputs import Outputs, StackExports
from tests.engines import ROOT
from tests.unit.infra.settle.test_health import CONSUL, NODE, server

POOLS = {"core": 3, "workers": 2}


def spec(env: str = "local") -> ClusterSpec:
    return ClusterSpec.load(ROOT / "stacks" / "clusters" / f"{env}.yaml")


def exports(**changes: Any) -> StackExports:
    pools = {name: {"id": name, "min": size, "max": 9, "size": size} for name, size in POOLS.items()}
    sample = {
        "nomad_url": "https://nomad",
        "consul_url": "https://consul",
        "api_url": "https://api",
        "registry": "registry.test:5000",
        "registry_push": "127.0.0.1:5000",
        "ca_pem": "the authority",
        "nomad_token": "secret-n",
        "consul_token": "secret-c",
        "ingress_cert_pem": "the certificate",
        "ingress_key_pem": "secret-key",
        "pools": pools,
    }
    return StackExports.model_validate(sample | changes)


class Nomad:
    """A cluster that is healthy once it was asked for its nodes `patience` times."""

    def __init__(self, patience: int = 0):
        self.variables: dict[str, dict[str, str]] = {}
        self.written: list[str] = []
        self._patience = patience

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.startswith("/v1/var/"):
            return self._variable(request, path.removeprefix("/v1/var/nomad/jobs/"))
        if request.url.host == "consul":
            return httpx.Response(200, json=CONSUL[path])
        return httpx.Response(200, json=self._answer(path))

    def _answer(self, path: str) -> Any:
        if path == "/v1/nodes":
            self._patience -= 1
        nodes = [
            NODE | {"ID": f"{pool}{n}", "Name": f"{pool}-{n}", "NodeClass": pool}
            for pool, size in POOLS.items()
            for n in range(size - (self._patience >= 0))
        ]
        answers: dict[str, Any] = {
            "/v1/status/leader": "leader",
            "/v1/operator/autopilot/health": {"Servers": [server(name) for name in "abc"]},
            "/v1/nodes": nodes,
        }
        return answers.get(path, NODE)

    def _variable(self, request: httpx.Request, job: str) -> httpx.Response:
        if request.method == "PUT":
            self.variables[job] = json.loads(request.read())["Items"]
            self.written.append(job)
        if job not in self.variables:
            return httpx.Response(404)
        return httpx.Response(200, json={"Items": self.variables[job], "ModifyIndex": 1})

    @property
    def api(self) -> ClusterApi:
        return ClusterApi(Access("https://nomad", "https://consul", "", "n", "c"), httpx.MockTransport(self))


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Step, "pause", lambda _: None)


def test_outputs_hold_no_secret_and_their_files_are_the_owners_alone() -> None:
    outputs = keep_outputs(spec(), exports())
    assert outputs == Outputs.load("local")
    assert "secret-" not in Outputs.path("local").read_text()
    assert (outputs.nomad_token(), outputs.consul_token()) == ("secret-n", "secret-c")
    assert outputs.ca_file.read_text() == "the authority\n"
    assert outputs.zones == ["local-a", "local-b", "local-c"]
    for file in (outputs.nomad_token_file, outputs.consul_token_file):
        assert file.stat().st_mode & 0o777 == 0o600


def test_jobs_get_their_secrets_once_the_cluster_is_healthy() -> None:
    nomad = Nomad(patience=3)
    settle(spec(), exports(), nomad.api)
    assert nomad.variables["ingress"]["cert_pem"] == "the certificate"
    assert nomad.variables["ingress"]["key_pem"] == "secret-key"
    assert nomad.variables["prometheus"]["ca_pem"] == "the authority"
    assert nomad.variables["api"]["broker_password"] == nomad.variables["rabbitmq"]["password"]


def test_twice_writes_nothing_and_a_new_certificate_only_what_changed() -> None:
    nomad = Nomad()
    settle(spec(), exports(), nomad.api)
    nomad.written.clear()
    settle(spec(), exports(), nomad.api)
    assert nomad.written == []
    settle(spec(), exports(ingress_cert_pem="renewed"), nomad.api)
    assert nomad.written == ["ingress"]


def test_what_is_missing_is_said_when_it_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEADLINE_S", {"local": 0})
    nomad = Nomad(patience=1000)
    with pytest.raises(EngineUnavailable) as refused:
        settle(spec(), exports(), nomad.api)
    assert refused.value.message == "local is not healthy after 0 s: pool core: 2 of 3 nodes ready"
    assert (refused.value.detail or "").splitlines()[1] == "pool workers: 1 of 2 nodes ready"
    assert nomad.written == []


def test_a_pool_whose_size_the_cloud_does_not_say_has_at_least_its_least() -> None:
    unsaid = {name: {"id": name, "min": 1, "max": 9} for name in POOLS}
    settle(spec(), exports(pools=unsaid), Nomad().api)


def test_managed_engines_are_found_where_the_cloud_put_them() -> None:
    given = given_items(
        spec("aws-prod"),
        exports(
            postgres={"host": "db.test", "port": 5432},
            redis={"host": "cache.test", "port": 6379},
            bucket="images",
            secrets={"postgres_password": "p", "redis_password": "r"},
        ),
    )
    assert given["postgres"] == {"host": "db.test", "port": "5432", "password": "p"}
    assert given["redis"] == {"host": "cache.test", "port": "6379", "password": "r"}
    assert given["object-store-fallback"] == {
        "bucket": "images",
        "endpoint": "https://s3.ap-south-1.amazonaws.com",
        "region": "ap-south-1",
        "access_key": OF_THE_MACHINE,
        "secret_key": OF_THE_MACHINE,
    }
    assert "object-store" not in given


def test_googles_bucket_is_spoken_to_as_s3_with_a_key() -> None:
    objects = {"primary": {"runs_on": "cloud"}, "fallback": {"runs_on": "nodes"}}
    primary = spec("gcp-prod").model_copy(update={"objects": Objects.model_validate(objects)})
    given = given_items(
        primary,
        exports(
            postgres={"host": "db.test", "port": 5432},
            redis={"host": "cache.test", "port": 6379},
            bucket="images",
            secrets={
                "postgres_password": "p",
                "redis_password": "r",
                "s3_access_key": "a",
                "s3_secret_key": "s",
            },
        ),
    )
    assert given["object-store"] == {
        "bucket": "images",
        "endpoint": "https://storage.googleapis.com",
        "region": "auto",
        "access_key": "a",
        "secret_key": "s",
    }
    assert "object-store-fallback" not in given
