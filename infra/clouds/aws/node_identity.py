"""The identity that AWS gives to machines of one kind."""

from __future__ import annotations

import json

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.grants import Statement
from infra.clouds.aws.place import Component, Place

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


class NodeIdentity(Component):
    """A role, the one policy that says what it may do, and the profile by which machines carry it."""

    def __init__(
        self, what: str, place: Place, grants: list[Statement], opts: pulumi.ResourceOptions | None = None
    ):
        super().__init__("NodeIdentity", what, place, opts)
        name, tags = place.name(what), place.tags(what)
        role = aws.iam.Role(name, assume_role_policy=json.dumps(TRUST), tags=tags, opts=self.child())
        policy = aws.iam.RolePolicy(
            name,
            role=role.name,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": grants}),
            opts=self.child(),
        )
        # By way of the policy: a machine that boots may do at once what it must.
        profile = aws.iam.InstanceProfile(name, role=policy.role, tags=tags, opts=self.child())
        self.profile_arn: pulumi.Output[str] = profile.arn
        self.register_outputs({})
