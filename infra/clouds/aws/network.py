"""The network: one VPC, in every zone a public, a private and a data subnet."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.place import Component, Place
from infra.clouds.aws.zone import Shared, ZoneNetwork
from infra.subnets import plan_subnets


class Network(Component):
    """Nodes stand in private subnets, load balancers in public ones; data subnets have no way out."""

    def __init__(self, place: Place, opts: pulumi.ResourceOptions | None = None):
        super().__init__("Network", "network", place, opts)
        self.vpc_id = self._vpc()
        shared = Shared(self.vpc_id, self._public_routes(), self._route_table("data"))
        subnets = plan_subnets(place.spec.network.cidr, place.spec.zones)
        self.zones = {
            zone: ZoneNetwork(zone, place, subnets[zone], shared, self.child()) for zone in place.spec.zones
        }
        self.register_outputs({"vpc_id": self.vpc_id})

    @property
    def public_subnets(self) -> list[pulumi.Output[str]]:
        """For NAT gateways and load balancers."""
        return [zone.public_subnet for zone in self.zones.values()]

    @property
    def private_subnets(self) -> list[pulumi.Output[str]]:
        """For nodes."""
        return [zone.private_subnet for zone in self.zones.values()]

    @property
    def data_subnets(self) -> list[pulumi.Output[str]]:
        """For databases and caches."""
        return [zone.data_subnet for zone in self.zones.values()]

    def _vpc(self) -> pulumi.Output[str]:
        vpc = aws.ec2.Vpc(
            self.place.name("network"),
            cidr_block=str(self.place.spec.network.cidr),
            enable_dns_support=True,
            # The interface endpoints' names must lead to their private addresses.
            enable_dns_hostnames=True,
            tags=self.place.tags("network"),
            opts=self.child(),
        )
        # The group that AWS gives to whatever names none: with no rule in it, such a thing reaches nothing.
        aws.ec2.DefaultSecurityGroup(
            self.place.name("default"),
            vpc_id=vpc.id,
            tags=self.place.tags("default-unused"),
            opts=self.child(),
        )
        vpc_id: pulumi.Output[str] = vpc.id
        return vpc_id

    def _public_routes(self) -> pulumi.Output[str]:
        gateway = aws.ec2.InternetGateway(
            self.place.name("internet"),
            vpc_id=self.vpc_id,
            tags=self.place.tags("internet"),
            opts=self.child(),
        )
        table = self._route_table("public")
        route = aws.ec2.Route(
            self.place.name("internet"),
            route_table_id=table,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.id,
            opts=self.child(),
        )
        # By way of the route: AWS refuses a NAT gateway where the internet cannot be reached yet.
        table_id: pulumi.Output[str] = route.route_table_id
        return table_id

    def _route_table(self, what: str) -> pulumi.Output[str]:
        table = aws.ec2.RouteTable(
            self.place.name(what), vpc_id=self.vpc_id, tags=self.place.tags(what), opts=self.child()
        )
        table_id: pulumi.Output[str] = table.id
        return table_id
