"""The Pulumi program of an environment: its secrets, its cloud's resources, its outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from infra.cloud import Cloud
from infra.identity import Generations, Identity, make_identity
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.shapes import PriceTable


def declare(
    spec: ClusterSpec, prices: PriceTable, cloud: Cloud, generations: Generations | None = None
) -> None:
    """Declare every resource of the environment, and export what `StackExports` names."""
    identity = make_identity(spec, generations)
    outputs = cloud.build(spec, prices, identity)
    for name, value in {**_own_outputs(identity), **outputs}.items():
        pulumi.export(name, value)
    pulumi.export("secrets", _passwords(identity, outputs))


def _own_outputs(identity: Identity) -> dict[str, pulumi.Output[str]]:
    ingress = identity.certificates["ingress"]
    return {
        "ca_pem": identity.ca_pem,
        "nomad_token": identity.nomad_token,
        "consul_token": identity.consul_token,
        "ingress_cert_pem": ingress.cert_pem,
        "ingress_key_pem": ingress.key_pem,
    }


def _passwords(identity: Identity, outputs: Mapping[str, Any]) -> pulumi.Output[dict[str, str]]:
    """The identity's, but for those that the cloud made itself."""
    ours = {f"{name}_password": value for name, value in identity.passwords.items()}
    both = pulumi.Output.all(
        pulumi.Output.from_input(ours), pulumi.Output.from_input(outputs.get("secrets", {}))
    )
    return pulumi.Output.secret(both.apply(lambda known: {**known[0], **known[1]}))
