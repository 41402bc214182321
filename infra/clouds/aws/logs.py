"""Where logs go: the nodes' journals and the network's flows."""

from __future__ import annotations

import json

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.place import Component, Place

RETENTION_DAYS = 30


class Logs(Component):
    """Two log groups, encrypted and kept for a month."""

    def __init__(
        self,
        place: Place,
        vpc_id: pulumi.Output[str],
        key_arn: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("Logs", "logs", place, opts)
        self.nodes_group = group_name(place, "nodes")
        log_group("nodes", self, self.nodes_group, key_arn)
        flows = log_group("flows", self, group_name(place, "flows"), key_arn)
        role = self._flow_role(flows.arn)
        aws.ec2.FlowLog(
            place.name("flows"),
            vpc_id=vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=flows.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=60,
            tags=place.tags("flows"),
            opts=self.child(),
        )
        self.register_outputs({})

    def _flow_role(self, group_arn: pulumi.Output[str]) -> aws.iam.Role:
        name = self.place.name("flows")
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
            "Action": "sts:AssumeRole",
            # The service works for every account: only on behalf of this one.
            "Condition": {"StringEquals": {"aws:SourceAccount": self.place.account}},
        }
        role = aws.iam.Role(
            name,
            assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
            tags=self.place.tags("flows"),
            opts=self.child(),
        )
        actions = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
        into_group = {"Effect": "Allow", "Action": actions, "Resource": pulumi.Output.concat(group_arn, ":*")}
        find = {"Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": "*"}
        policy = pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [into_group, find]})
        aws.iam.RolePolicy(name, role=role.name, policy=policy, opts=self.child())
        return role


def log_group(what: str, owner: Component, name: str, key_arn: pulumi.Output[str]) -> aws.cloudwatch.LogGroup:
    """A group of log streams under the environment's key; the key's policy names the same prefixes."""
    return aws.cloudwatch.LogGroup(
        owner.place.name(what),
        name=name,
        retention_in_days=RETENTION_DAYS,
        kms_key_id=key_arn,
        tags=owner.place.tags(what),
        opts=owner.child(),
    )


def group_name(place: Place, what: str) -> str:
    """The name of a log group of ours."""
    return f"/sre/{place.spec.env}/{what}"
