"""What load balancers send to: nodes that answer on a port; and what sends it."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.place import Component

DRAIN_S = 60
"""How long requests under way may take once their node is leaving."""


def target_group(what: str, owner: Component, vpc_id: Any, port: int, **settings: Any) -> aws.lb.TargetGroup:
    """Instances on `port`; auto-scaling groups put them in and take them out."""
    return aws.lb.TargetGroup(
        owner.place.name(what),
        vpc_id=vpc_id,
        port=port,
        target_type="instance",
        deregistration_delay=DRAIN_S,
        tags=owner.place.tags(what),
        opts=owner.child(),
        **settings,
    )


def forward(
    what: str, owner: Component, balancer_arn: Any, port: int, target: aws.lb.TargetGroup, **settings: Any
) -> pulumi.Output[str]:
    """Have the load balancer send what comes to `port` on to `target`; the target's ARN."""
    listener = aws.lb.Listener(
        owner.place.name(what),
        load_balancer_arn=balancer_arn,
        port=port,
        default_actions=[{"type": "forward", "target_group_arn": target.arn}],
        tags=owner.place.tags(what),
        opts=owner.child(),
        **settings,
    )
    # By way of the listener: a group of machines takes only targets that a load balancer asks.
    arn: pulumi.Output[str] = pulumi.Output.all(target.arn, listener.arn).apply(lambda arns: arns[0])
    return arn
