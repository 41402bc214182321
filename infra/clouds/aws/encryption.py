"""The key that everything at rest is encrypted with."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.place import Component, Place

WINDOW_DAYS = 30
"""How long a key that was given up can be brought back, and with it the database's last snapshot."""


class Encryption(Component):
    """One key of the environment, renewed every year."""

    def __init__(self, place: Place, opts: pulumi.ResourceOptions | None = None):
        super().__init__("Encryption", "encryption", place, opts)
        key = aws.kms.Key(
            place.name("data"),
            description=f"Data at rest of {place.spec.env}",
            enable_key_rotation=True,
            deletion_window_in_days=WINDOW_DAYS,
            policy=json.dumps(key_policy(place)),
            tags=place.tags("data"),
            opts=self.child(),
        )
        aws.kms.Alias(
            place.name("data"),
            name=f"alias/{place.name('data')}",
            target_key_id=key.key_id,
            opts=self.child(),
        )
        self.key_arn: pulumi.Output[str] = key.arn
        self.register_outputs({"key_arn": self.key_arn})


def key_policy(place: Place) -> dict[str, Any]:
    """Who may use the key: whom IAM lets, and three services for this account alone."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            _allow("account", {"AWS": f"arn:aws:iam::{place.account}:root"}, ["kms:*"], {}),
            _through_ec2(place),
            _for_logs(place),
            _for_budgets(place),
        ],
    }


def _through_ec2(place: Place) -> dict[str, Any]:
    # As in the policy of EBS's own key: who may start machines here may encrypt their disks. Without it the
    # auto-scaling service, which is no role of ours, cannot start one; its machines end as they begin.
    condition = {
        "kms:CallerAccount": place.account,
        "kms:ViaService": f"ec2.{place.region}.amazonaws.com",
    }
    return _allow("disks", {"AWS": "*"}, [*USE, "kms:CreateGrant"], {"StringEquals": condition})


def _for_logs(place: Place) -> dict[str, Any]:
    service = f"logs.{place.region}.amazonaws.com"
    prefixes = (f"/sre/{place.spec.env}", f"/aws/rds/instance/{place.name('postgres')}")
    groups = [place.arn("logs", f"log-group:{prefix}/*") for prefix in prefixes]
    context = {"kms:EncryptionContext:aws:logs:arn": groups}
    return _allow("logs", {"Service": service}, USE, {"ArnLike": context})


def _for_budgets(place: Place) -> dict[str, Any]:
    condition = {"StringEquals": {"aws:SourceAccount": place.account}}
    actions = ["kms:Decrypt", "kms:GenerateDataKey*"]
    return _allow("budgets", {"Service": "budgets.amazonaws.com"}, actions, condition)


USE = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]


def _allow(
    sid: str, principal: dict[str, str], actions: list[str], condition: dict[str, Any]
) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"}
    return statement | ({"Condition": condition} if condition else {})
