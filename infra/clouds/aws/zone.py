"""One availability zone of the network: three subnets and a way out of its own."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.place import Component, Place
from infra.subnets import ZoneSubnets


@dataclass(frozen=True)
class Shared:
    """What the zones of a network have in common."""

    vpc_id: pulumi.Output[str]
    public_routes: pulumi.Output[str]
    """Route table with the way to the internet."""
    data_routes: pulumi.Output[str]
    """Route table without any way out."""


class ZoneNetwork(Component):
    """Subnets of one zone. Its nodes leave by its own NAT gateway: losing another zone cuts nobody off."""

    def __init__(
        self, zone: str, place: Place, subnets: ZoneSubnets, shared: Shared, opts: pulumi.ResourceOptions
    ):
        super().__init__("Zone", zone, place, opts)
        self._zone = zone
        self._shared = shared
        self.public_subnet = self._subnet("public", str(subnets.public), shared.public_routes)
        self.private_routes = self._way_out()
        self.private_subnet = self._subnet("private", str(subnets.private), self.private_routes)
        self.data_subnet = self._subnet("data", str(subnets.data), shared.data_routes)
        self.register_outputs({})

    def _subnet(self, kind: str, cidr: str, routes: pulumi.Output[str]) -> pulumi.Output[str]:
        what = f"{kind}-{self._zone}"
        subnet = aws.ec2.Subnet(
            self.place.name(what),
            vpc_id=self._shared.vpc_id,
            cidr_block=cidr,
            availability_zone=self._zone,
            # Not even in the public ones: what must be reached from outside has an address given to it.
            map_public_ip_on_launch=False,
            tags=self.place.tags(what, tier=kind),
            opts=self.child(),
        )
        association = aws.ec2.RouteTableAssociation(
            self.place.name(what), subnet_id=subnet.id, route_table_id=routes, opts=self.child()
        )
        # By way of the association: what is put into the subnet finds its routes there.
        subnet_id: pulumi.Output[str] = association.subnet_id
        return subnet_id

    def _way_out(self) -> pulumi.Output[str]:
        what = f"nat-{self._zone}"
        name, tags = self.place.name(what), self.place.tags(what)
        address = aws.ec2.Eip(name, domain="vpc", tags=tags, opts=self.child())
        gateway = aws.ec2.NatGateway(
            name, allocation_id=address.id, subnet_id=self.public_subnet, tags=tags, opts=self.child()
        )
        table = aws.ec2.RouteTable(
            self.place.name(f"private-{self._zone}"),
            vpc_id=self._shared.vpc_id,
            tags=self.place.tags(f"private-{self._zone}"),
            opts=self.child(),
        )
        route = aws.ec2.Route(
            name,
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            nat_gateway_id=gateway.id,
            opts=self.child(),
        )
        table_id: pulumi.Output[str] = route.route_table_id
        return table_id
