"""Security groups, and a rule at both ends of every flow."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.flows import GROUPS, Flow, flows
from infra.clouds.aws.place import Component, Place


class Firewall(Component):
    """Groups that name each other rather than addresses, so that they hold for nodes to come."""

    def __init__(self, place: Place, vpc_id: pulumi.Output[str], opts: pulumi.ResourceOptions | None = None):
        super().__init__("Firewall", "firewall", place, opts)
        self.groups = {what: self._group(what, meaning, vpc_id) for what, meaning in GROUPS.items()}
        for flow in flows(place.spec.network):
            self._rules(flow)
        self.register_outputs({})

    def of_roles(self, roles: list[str]) -> list[pulumi.Output[str]]:
        """The groups of a pool's nodes."""
        return [
            self.groups["clients"],
            *(self.groups[role] for role in ("edge", "monitoring") if role in roles),
        ]

    def _group(self, what: str, meaning: str, vpc_id: pulumi.Output[str]) -> pulumi.Output[str]:
        group = aws.ec2.SecurityGroup(
            self.place.name(what),
            description=meaning,
            vpc_id=vpc_id,
            tags=self.place.tags(what),
            opts=self.child(),
        )
        group_id: pulumi.Output[str] = group.id
        return group_id

    def _rules(self, flow: Flow) -> None:
        rule = {
            "description": flow.what,
            "ip_protocol": flow.protocol,
            "from_port": flow.first,
            "to_port": flow.last,
        }
        name, tags = self.place.name(flow.name), self.place.tags(flow.name)
        if flow.target in self.groups:
            aws.vpc.SecurityGroupIngressRule(
                name,
                security_group_id=self.groups[flow.target],
                **self._end(flow.source),
                **rule,
                tags=tags,
                opts=self.child(),
            )
        if flow.source in self.groups:
            aws.vpc.SecurityGroupEgressRule(
                name,
                security_group_id=self.groups[flow.source],
                **self._end(flow.target),
                **rule,
                tags=tags,
                opts=self.child(),
            )

    def _end(self, end: str) -> dict[str, Any]:
        if end in self.groups:
            return {"referenced_security_group_id": self.groups[end]}
        return {"cidr_ipv4": end}
