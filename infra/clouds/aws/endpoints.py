"""Ways to AWS's own services that do not lead through the internet."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.network import Network
from infra.clouds.aws.place import Component, Place

INTERFACES = ("secretsmanager", "ecr.api", "ecr.dkr", "ssm", "ssmmessages")
"""What a node needs to boot, and an operator to look at it, also when a NAT gateway is gone.
Each costs by the hour and zone; logs, EC2 and auto-scaling calls are few and go by NAT."""


class Endpoints(Component):
    """S3 by a gateway, which is free; the rest by interfaces in the private subnets."""

    def __init__(
        self,
        place: Place,
        network: Network,
        group_id: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("Endpoints", "endpoints", place, opts)
        aws.ec2.VpcEndpoint(
            place.name("s3"),
            vpc_id=network.vpc_id,
            service_name=f"com.amazonaws.{place.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[zone.private_routes for zone in network.zones.values()],
            tags=place.tags("s3"),
            opts=self.child(),
        )
        for service in INTERFACES:
            self._interface(service, network, group_id)
        self.register_outputs({})

    def _interface(self, service: str, network: Network, group_id: pulumi.Output[str]) -> None:
        what = service.replace(".", "-")
        aws.ec2.VpcEndpoint(
            self.place.name(what),
            vpc_id=network.vpc_id,
            service_name=f"com.amazonaws.{self.place.region}.{service}",
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=network.private_subnets,
            security_group_ids=[group_id],
            tags=self.place.tags(what),
            opts=self.child(),
        )
