"""Nodes, databases and caches have no public address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.policy import Finding, Resource, of_kind

GCP_MACHINES = (
    "gcp:compute:Instance",
    "gcp:compute:InstanceTemplate",
    "gcp:compute:RegionInstanceTemplate",
)

EIP_HOLDERS = ("instance", "instanceId", "networkInterface", "networkInterfaceId")


def findings(plan: Sequence[Resource]) -> Iterator[Finding]:
    """Whatever would answer on a public address, load balancers and gateways aside."""
    yield from _aws(plan)
    yield from _elastic(plan)
    yield from _gcp(plan)


def _aws(plan: Sequence[Resource]) -> Iterator[Finding]:
    for machine in of_kind(plan, "aws:ec2:Instance", "aws:ec2:LaunchTemplate"):
        places = [machine.properties, *machine.parts("networkInterfaces")]
        if any(_on(place.get("associatePublicIpAddress")) for place in places):
            yield machine, "associatePublicIpAddress must be off"
    for subnet in of_kind(plan, "aws:ec2:Subnet"):
        if _on(subnet.properties.get("mapPublicIpOnLaunch")):
            yield subnet, "mapPublicIpOnLaunch must be off: machines would get public addresses"
    for database in of_kind(plan, "aws:rds:Instance", "aws:rds:ClusterInstance"):
        if _on(database.properties.get("publiclyAccessible")):
            yield database, "publiclyAccessible must be off"


def _elastic(plan: Sequence[Resource]) -> Iterator[Finding]:
    for address in of_kind(plan, "aws:ec2:Eip", "aws:ec2:EipAssociation"):
        given = [key for key in EIP_HOLDERS if address.properties.get(key)]
        if given:
            yield address, f"{', '.join(given)} must be empty: it gives a machine a public address"


def _gcp(plan: Sequence[Resource]) -> Iterator[Finding]:
    for machine in of_kind(plan, *GCP_MACHINES):
        for interface in machine.parts("networkInterfaces"):
            if interface.get("accessConfigs") or interface.get("ipv6AccessConfigs"):
                yield machine, "networkInterfaces.accessConfigs must be empty: it gives a public address"
    for database in of_kind(plan, "gcp:sql:DatabaseInstance"):
        for ways in database.parts("settings", "ipConfiguration") or [{}]:
            # Google's default is a public address.
            if ways.get("ipv4Enabled", True) is not False:
                yield database, "settings.ipConfiguration.ipv4Enabled must be false"


def _on(value: object) -> bool:
    return value in (True, "true")
