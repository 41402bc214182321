"""The network on AWS: three zones, three tiers, a way out a zone."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from tests.declared import Plan
from tests.unit.infra.clouds.aws.plan import SPEC, prod


@pytest.fixture(scope="module")
def plan() -> Plan:
    return prod()


def tier_zones(plan: Plan, tier: str) -> set[str]:
    subnets = plan.of("aws:ec2:Subnet")
    return {one.properties["availabilityZone"] for one in subnets if one.properties["tags"]["tier"] == tier}


@pytest.mark.parametrize("tier", ["public", "private", "data"])
def test_every_tier_stands_in_every_zone(plan: Plan, tier: str) -> None:
    assert tier_zones(plan, tier) == set(SPEC.zones)


def test_subnets_lie_in_the_vpc_and_do_not_overlap(plan: Plan) -> None:
    ranges = [IPv4Network(one.properties["cidrBlock"]) for one in plan.of("aws:ec2:Subnet")]
    assert all(one.subnet_of(SPEC.network.cidr) for one in ranges)
    assert not any(a.overlaps(b) for i, a in enumerate(ranges) for b in ranges[i + 1 :])


def test_nodes_leave_through_the_gateway_of_their_own_zone(plan: Plan) -> None:
    for zone in SPEC.zones:
        gateway = plan.named("aws:ec2:NatGateway", f"aws-prod-nat-{zone}")
        assert gateway["subnetId"] == f"aws-prod-public-{zone}-id"
        route = plan.named("aws:ec2:Route", f"aws-prod-nat-{zone}")
        assert route["natGatewayId"] == f"aws-prod-nat-{zone}-id"
        assert route["routeTableId"] == f"aws-prod-private-{zone}-id"
        association = plan.named("aws:ec2:RouteTableAssociation", f"aws-prod-private-{zone}")
        assert association["routeTableId"] == f"aws-prod-private-{zone}-id"


def test_only_the_public_route_table_leads_to_the_internet(plan: Plan) -> None:
    ways = {
        one.properties["routeTableId"] for one in plan.of("aws:ec2:Route") if "gatewayId" in one.properties
    }
    assert ways == {"aws-prod-public-id"}
    assert "aws-prod-data-id" not in {one.properties["routeTableId"] for one in plan.of("aws:ec2:Route")}


def test_the_default_security_group_lets_nothing_through(plan: Plan) -> None:
    (group,) = plan.of("aws:ec2:DefaultSecurityGroup")
    assert "ingress" not in group.properties
    assert "egress" not in group.properties


def test_zones_are_components_of_the_network(plan: Plan) -> None:
    zones = plan.of("sre:aws:Zone")
    assert [one.name for one in zones] == [f"aws-prod-{zone}" for zone in SPEC.zones]
    assert {one.parent.rpartition("$")[2] for one in zones} == {"sre:aws:Network::aws-prod-network"}
