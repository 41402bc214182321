"""What gcp-prod, and variations of its spec, declare, with answers in Google Cloud's stead."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Any

from pulumi.runtime import mocks

from infra.clouds.gcp.cluster import declare
from infra.prices import load_prices
from sre_cli.specs.cluster import ClusterSpec
from tests.clusters import varied
from tests.declared import Plan, identity

PROJECT = "ekyc-prod"
NUMBER = "123456789012"
SPEC = ClusterSpec.load(Path("stacks/clusters/gcp-prod.yaml"))
spec_with = partial(varied, SPEC)

ZONES = [
    {"name": "inside", "dnsName": "example.com.", "visibility": "private"},
    {"name": "example-zone", "dnsName": "example.com.", "visibility": "public"},
]
ANSWERS: dict[str, dict[str, Any]] = {
    "gcp:organizations/getProject:getProject": {"number": NUMBER, "projectId": PROJECT},
    "gcp:dns/getManagedZones:getManagedZones": {"managedZones": ZONES},
    "gcp:logging/getProjectCmekSettings:getProjectCmekSettings": {"serviceAccountId": "agent-logs@google"},
    "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": {"emailAddress": "agent-storage@google"},
}
"""Of the data sources that the components ask."""

KEY = f"projects/{PROJECT}/locations/asia-south1/keyRings/gcp-prod-data-1a2b3c4/cryptoKeys/data"
PROOF = {"name": "_acme.ekyc.example.com.", "type": "CNAME", "data": "proof.google."}
MADE: dict[str, dict[str, Any]] = {
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": {"dnsResourceRecords": [PROOF]},
    "gcp:sql/databaseInstance:DatabaseInstance": {"privateIpAddress": "10.30.224.3"},
    "gcp:redis/instance:Instance": {"host": "10.30.224.9", "port": 6378, "authString": "redis-auth"},
    "gcp:storage/hmacKey:HmacKey": {"accessId": "GOOG1", "secret": "hmac"},
    "gcp:compute/address:Address": {"address": "203.0.113.7"},
    "gcp:compute/globalAddress:GlobalAddress": {"address": "203.0.113.8"},
}
"""What a resource has once it is made, besides its id and its name."""


class _Answers(mocks.Mocks):
    """Gives every resource an id that its name can be read from."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        made = {
            "name": args.name,
            "selfLink": f"link-{args.name}",
            "selfLinkUnique": f"link-{args.name}",
            "instanceGroup": f"group-{args.name}",
            "email": f"{args.name}@test",
            "member": f"serviceAccount:{args.name}@test",
        }
        identity = KEY if args.typ.endswith(":CryptoKey") else f"{args.name}-id"
        return identity, made | MADE.get(args.typ, {}) | args.inputs

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        return ANSWERS[args.token], []


def planned(spec: ClusterSpec = SPEC) -> Plan:
    """What `spec` declares; its outputs are the plan's."""
    return Plan("gcp-prod", _Answers(), lambda: declare(spec, load_prices("gcp"), identity(), PROJECT))


@cache
def prod() -> Plan:
    """What gcp-prod declares."""
    return planned()
