from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks, rpc

from infra.cloud import Resizing, Sweeping
from infra.clouds.local import CLOUD, cloud
from infra.clouds.local.gateway import CONFIG
from infra.identity import CertificatePair, Identity
from infra.prices import load_prices
from sre_cli.specs.outputs import StackOutputs
from tests.unit.infra.clouds.local.specs import SPEC


class Notes(mocks.Mocks):
    """Every resource that is declared, by its name."""

    def __init__(self) -> None:
        self.made: dict[str, mocks.MockResourceArgs] = {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.made[args.name] = args
        return args.name, args.inputs

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        raise AssertionError(args.token)


def secret(text: str) -> pulumi.Output[str]:
    return pulumi.Output.secret(text)


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> tuple[Notes, dict[str, Any]]:
    monkeypatch.setattr(cloud, "node_image", lambda: "node:1")
    monkeypatch.setattr(cloud, "built_image", lambda name: f"{name}:1")
    monkeypatch.setattr(cloud, "docker", lambda *_: "2\n")
    notes = Notes()
    outputs: dict[str, Any] = {}
    mocks.set_mocks(notes, project="sre", stack="local")

    def program() -> None:
        pair = CertificatePair(secret("cert"), secret("key"))
        identity = Identity(
            ca_pem=secret("ca"),
            server_bundle=secret("of servers"),
            client_bundle=secret("of clients"),
            nomad_token=secret("n"),
            consul_token=secret("c"),
            passwords={},
            certificates={"registry": pair},
        )
        outputs.update(CLOUD.build(SPEC, load_prices("local"), identity))

    pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]
    return notes, outputs


def machines(notes: Notes) -> dict[str, dict[str, Any]]:
    return {name: one.inputs for name, one in notes.made.items() if one.typ.endswith(":Machine")}


def test_a_network_a_zone_and_one_at_the_edge(declared: tuple[Notes, dict[str, Any]]) -> None:
    networks = {name: one.inputs for name, one in declared[0].made.items() if one.typ.endswith(":Zone")}
    assert set(networks) == {"local-edge", *(f"local-zone-{zone}" for zone in SPEC.zones)}
    assert {name for name, inputs in networks.items() if not inputs["routed"]} == {"local-edge"}


def test_the_pools_have_their_present_sizes(declared: tuple[Notes, dict[str, Any]]) -> None:
    nodes = [f"local-core-{i}" for i in range(3)] + [f"local-workers-{i}" for i in range(2)]
    servers = [f"local-server-{i}" for i in range(3)]
    assert set(machines(declared[0])) == {"local-gateway", "local-registry", *servers, *nodes}


def test_nobody_gets_the_secrets_of_another_role(declared: tuple[Notes, dict[str, Any]]) -> None:
    for name, inputs in machines(declared[0]).items():
        assert rpc.is_rpc_secret(inputs["live"]) or name == "local-gateway"
        bundle = rpc.unwrap_rpc_secret(inputs["live"]).get("/etc/sre/bundle.json")
        if name.startswith("local-server-"):
            assert bundle == "of servers"
        elif name in ("local-gateway", "local-registry"):
            assert bundle is None
        else:
            assert bundle == "of clients"


def test_a_client_must_run_docker_and_has_time_to_drain(declared: tuple[Notes, dict[str, Any]]) -> None:
    found = machines(declared[0])
    assert "docker" in found["local-core-0"]["units"]
    assert "docker" not in found["local-server-0"]["units"]
    assert found["local-core-0"]["patience_s"] > 60
    assert found["local-gateway"]["units"] == []


def test_the_gateways_doors_are_a_file_that_changes_as_it_runs(
    declared: tuple[Notes, dict[str, Any]],
) -> None:
    made = machines(declared[0])["local-gateway"]
    assert made["container"]["files"] == {}
    assert "listen api" in rpc.unwrap_rpc_secret(made["live"])[CONFIG]
    assert made["check"][0] == "haproxy"
    assert made["reload"]


def test_the_outputs_are_what_every_command_reads(declared: tuple[Notes, dict[str, Any]]) -> None:
    more = {"ca_pem": "", "nomad_token": "", "consul_token": ""}
    outputs = StackOutputs.model_validate(declared[1] | more)
    assert outputs.nomad_url == "https://127.0.0.1:4646"
    assert outputs.registry == "registry.ekyc.test:5000"
    assert outputs.registry_push == "127.0.0.1:5000"
    assert {name: pool.size for name, pool in outputs.pools.items()} == {"core": 3, "workers": 2}


def test_the_cloud_can_sweep_and_resize() -> None:
    assert isinstance(CLOUD, Sweeping)
    assert isinstance(CLOUD, Resizing)
