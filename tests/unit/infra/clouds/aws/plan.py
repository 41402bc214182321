"""What aws-prod, and variations of its spec, declare, with answers in AWS's stead."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Any

from pulumi.runtime import mocks

from infra.clouds.aws.cluster import declare
from infra.prices import load_prices
from sre_cli.specs.cluster import ClusterSpec
from tests.clusters import varied
from tests.declared import Plan, identity

ACCOUNT = "123456789012"
IMAGES = ["ingress", "services"]
SPEC = ClusterSpec.load(Path("stacks/clusters/aws-prod.yaml"))
spec_with = partial(varied, SPEC)

ANSWERS: dict[str, dict[str, Any]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
    "aws:ec2/getAmi:getAmi": {"id": "ami-0debian12", "rootDeviceName": "/dev/xvda"},
    "aws:route53/getZone:getZone": {"zoneId": "Z0HOSTED", "name": "example.com"},
}
"""Of the data sources that the components ask."""

MADE: dict[str, dict[str, Any]] = {
    "aws:acm/certificate:Certificate": {
        "domainValidationOptions": [
            {
                "resourceRecordName": "_proof",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": "proof.aws",
            }
        ]
    },
    "aws:rds/instance:Instance": {"address": "database.test"},
    "aws:elasticache/replicationGroup:ReplicationGroup": {"primaryEndpointAddress": "cache.test"},
    "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 3},
}
"""What a resource has once it is made, besides its id, ARN and name."""


class _Answers(mocks.Mocks):
    """Gives every resource an id and an ARN that its name can be read from."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        made = {"arn": f"arn:aws:test:::{args.name}", "name": args.name, **MADE.get(args.typ, {})}
        return f"{args.name}-id", made | args.inputs

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        return ANSWERS[args.token], []


def planned(spec: ClusterSpec = SPEC) -> Plan:
    """What `spec` declares; its outputs are the plan's."""
    return Plan("aws-prod", _Answers(), lambda: declare(spec, load_prices("aws"), identity(), IMAGES))


@cache
def prod() -> Plan:
    """What aws-prod declares."""
    return planned()
