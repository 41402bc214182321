"""What identities of nodes may do: one function a statement, none with a wildcard action."""

from __future__ import annotations

from typing import Any

import pulumi

from infra.clouds.aws.logs import group_name
from infra.clouds.aws.place import Place

Statement = dict[str, Any]
"""Of an IAM policy; ARNs in it may be outputs."""


def read_bundle(place: Place, secret_arn: pulumi.Output[str], key_arn: pulumi.Output[str]) -> list[Statement]:
    """The role's own secret, and its decryption by way of Secrets Manager for that secret alone."""
    condition = {
        "StringEquals": {
            "kms:ViaService": f"secretsmanager.{place.region}.amazonaws.com",
            "kms:EncryptionContext:SecretARN": secret_arn,
        }
    }
    return [
        _allow("ReadBundle", ["secretsmanager:GetSecretValue"], [secret_arn]),
        _allow("DecryptBundle", ["kms:Decrypt"], [key_arn], condition),
    ]


def find_servers() -> Statement:
    """Cloud auto-join looks instances up by their tag; AWS cannot limit that to a resource."""
    return _allow("FindServers", ["ec2:DescribeInstances"], ["*"])


def ship_logs(place: Place) -> Statement:
    """Streams of the nodes' log group."""
    group = place.arn("logs", f"log-group:{group_name(place, 'nodes')}")
    actions = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    return _allow("ShipLogs", actions, [group, f"{group}:*"])


def open_sessions(place: Place) -> list[Statement]:
    """Operators' shells by Session Manager: no SSH, no key pair.

    Written out because AWS's own policy for it may also read every parameter of the account.
    """
    machines = place.arn("ec2", "instance/*")
    channels = [
        f"ssmmessages:{verb}{kind}Channel" for verb in ("Create", "Open") for kind in ("Control", "Data")
    ]
    from_machines = {"ArnLike": {"ec2:SourceInstanceARN": machines}}
    return [
        _allow("BeFound", ["ssm:UpdateInstanceInformation"], [machines]),
        _allow("OpenSessions", channels, ["*"], from_machines),
    ]


def pull_images(place: Place) -> list[Statement]:
    """Images of this environment."""
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    repositories = place.arn("ecr", f"repository/{place.spec.env}/*")
    return [
        _allow("LogIn", ["ecr:GetAuthorizationToken"], ["*"]),
        _allow("PullImages", actions, [repositories]),
    ]


def report_drained(place: Place, group: str) -> Statement:
    """The lifecycle hook of the node's own auto-scaling group."""
    own = place.arn("autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{group}")
    return _allow("ReportDrained", ["autoscaling:CompleteLifecycleAction"], [own])


def use_bucket(place: Place, bucket_arn: pulumi.Output[str], key_arn: pulumi.Output[str]) -> list[Statement]:
    """Objects of the bucket, encrypted by way of S3."""
    objects = bucket_arn.apply(lambda arn: f"{arn}/*")
    by_s3 = {"StringEquals": {"kms:ViaService": f"s3.{place.region}.amazonaws.com"}}
    return [
        _allow("ListObjects", ["s3:ListBucket"], [bucket_arn]),
        _allow("UseObjects", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], [objects]),
        _allow("EncryptObjects", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn], by_s3),
    ]


def _allow(
    sid: str, actions: list[str], resources: list[Any], condition: dict[str, Any] | None = None
) -> Statement:
    statement = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
    return statement | ({"Condition": condition} if condition else {})
