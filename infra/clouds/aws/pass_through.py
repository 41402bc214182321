"""A load balancer that passes TLS on as it comes: what answers behind it shows its own certificate."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.place import Component, Place, Site
from infra.clouds.aws.target_group import forward, target_group


class PassThrough(Component):
    """A network load balancer; `ports` is by name: the port it listens on, and the nodes'."""

    def __init__(
        self,
        what: str,
        place: Place,
        ports: dict[str, tuple[int, int]],
        site: Site,
        *,
        is_internal: bool,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("PassThrough", what, place, opts)
        balancer = aws.lb.LoadBalancer(
            place.name(what),
            load_balancer_type="network",
            internal=is_internal,
            subnets=site.subnet_ids,
            security_groups=[site.group_id],
            # A zone without a healthy node is served by the others'.
            enable_cross_zone_load_balancing=True,
            tags=place.tags(what),
            opts=self.child(),
        )
        self._balancer_arn: pulumi.Output[str] = balancer.arn
        self.dns_name: pulumi.Output[str] = balancer.dns_name
        self.zone_id: pulumi.Output[str] = balancer.zone_id
        self.target_groups = {
            name: self._listen(name, front, back, site.vpc_id) for name, (front, back) in ports.items()
        }
        self.register_outputs({"dns_name": self.dns_name})

    def _listen(self, name: str, front: int, back: int, vpc_id: pulumi.Output[str]) -> pulumi.Output[str]:
        target = target_group(
            name,
            self,
            vpc_id,
            back,
            protocol="TCP",
            health_check={
                "protocol": "TCP",
                "interval": 10,
                "healthy_threshold": 2,
                "unhealthy_threshold": 2,
            },
        )
        return forward(name, self, self._balancer_arn, front, target, protocol="TCP")
