"""The API's load balancer with a certificate of AWS's."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.place import Component, Place, Site
from infra.clouds.aws.target_group import forward, target_group

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
INGRESS_PORT = 8443


class HttpsEntrance(Component):
    """An application load balancer; it speaks TLS to callers and to the ingress.

    It does not listen for plain HTTP, not even to redirect: a caller would have sent its images readable to
    everybody before it learns of that.
    """

    def __init__(
        self,
        place: Place,
        certificate_arn: pulumi.Output[str],
        site: Site,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("HttpsEntrance", "api", place, opts)
        balancer = aws.lb.LoadBalancer(
            place.name("api"),
            load_balancer_type="application",
            internal=False,
            subnets=site.subnet_ids,
            security_groups=[site.group_id],
            drop_invalid_header_fields=True,
            tags=place.tags("api"),
            opts=self.child(),
        )
        self.dns_name: pulumi.Output[str] = balancer.dns_name
        self.zone_id: pulumi.Output[str] = balancer.zone_id
        self.target_group_arn = self._listen(balancer.arn, certificate_arn, site.vpc_id)
        self.register_outputs({"dns_name": self.dns_name})

    def _listen(
        self,
        balancer_arn: pulumi.Output[str],
        certificate_arn: pulumi.Output[str],
        vpc_id: pulumi.Output[str],
    ) -> pulumi.Output[str]:
        target = target_group(
            "ingress",
            self,
            vpc_id,
            INGRESS_PORT,
            protocol="HTTPS",
            # Any answer below 500 comes from a living ingress; the API's health is for the ingress to check.
            health_check={"protocol": "HTTPS", "path": "/", "matcher": "200-499", "interval": 10},
        )
        return forward(
            "api",
            self,
            balancer_arn,
            443,
            target,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=certificate_arn,
        )
