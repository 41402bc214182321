"""What each node and each door of the cluster is given."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

import pulumi
from pulumi.runtime import mocks

from infra.identity import Identity, certificate_hosts, make_identity
from sre_cli.specs.cluster import ClusterSpec
from tests.engines import ROOT

FOR_EVERYBODY = {
    "ca_pem",
    "cert_pem",
    "key_pem",
    "consul_gossip_key",
    "consul_agent_token",
    "consul_nomad_token",
}
FOR_SERVERS = {"nomad_gossip_key", "consul_management_token", "nomad_management_token"}


class Named(mocks.Mocks):
    """Every output says which resource it is of."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        made = {key: f"{args.name}.{key}" for key in ("cert_pem", "key_pem", "value")}
        return f"{args.name}-id", {**args.inputs, **made}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        raise AssertionError(args.token)


def declared(check: Callable[[], Coroutine[Any, Any, bool]]) -> None:
    """Run `check` as a Pulumi program."""
    mocks.set_mocks(Named(), project="sre", stack="test")
    pulumi.runtime.test(lambda: pulumi.Output.from_input(check()))()  # type: ignore[no-untyped-call, arg-type]


def spec(env: str) -> ClusterSpec:
    return ClusterSpec.load(ROOT / "stacks" / "clusters" / f"{env}.yaml")


async def bundles(identity: Identity) -> list[dict[str, str]]:
    found = []
    for bundle in (identity.server_bundle, identity.client_bundle):
        assert await bundle.is_secret()
        found.append(json.loads(await bundle.future() or "{}"))
    return found


def test_a_client_learns_no_secret_of_the_servers() -> None:
    async def check() -> bool:
        server, client = await bundles(make_identity(spec("local")))
        assert set(client) == FOR_EVERYBODY
        assert set(server) == FOR_EVERYBODY | FOR_SERVERS
        own = {key for key in FOR_EVERYBODY if server[key] != client[key]}
        assert own == {"cert_pem", "key_pem"}
        return True

    declared(check)


def test_only_managed_engines_get_a_password() -> None:
    async def check() -> bool:
        assert set(make_identity(spec("aws-prod")).passwords) == {"postgres", "redis"}
        assert make_identity(spec("local")).passwords == {}
        return True

    declared(check)


def test_certificates_hold_the_names_by_which_they_are_reached() -> None:
    hosts = certificate_hosts(spec("local"))
    assert hosts["server"][:2] == ["server.global.nomad", "server.local.consul"]
    assert {"nomad.ekyc.test", "consul.ekyc.test", "127.0.0.1"} <= set(hosts["server"])
    assert "nomad.ekyc.test" not in hosts["client"]
    assert "registry.ekyc.test" in hosts["registry"]
    assert hosts["ingress"][0] == "ekyc.test"
