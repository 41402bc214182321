"""The month's budget, and where word of it goes."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.place import ENV_TAG, Component, Place

WARNINGS = {"FORECASTED": 100, "ACTUAL": 80}
"""Percent of the budget at which word is sent."""


class Budget(Component):
    """What the environment is billed, against the spec's limit. Subscribe to the topic to hear of it."""

    def __init__(self, place: Place, key_arn: pulumi.Output[str], opts: pulumi.ResourceOptions | None = None):
        super().__init__("Budget", "budget", place, opts)
        name = place.name("budget")
        topic = aws.sns.Topic(
            name, name=name, kms_master_key_id=key_arn, tags=place.tags("budget"), opts=self.child()
        )
        policy = aws.sns.TopicPolicy(
            name, arn=topic.arn, policy=self._may_publish(topic.arn), opts=self.child()
        )
        aws.budgets.Budget(
            name,
            name=name,
            budget_type="COST",
            limit_amount=str(place.spec.budget_usd_month),
            limit_unit="USD",
            time_unit="MONTHLY",
            # Counts once the tag is active for cost allocation in the account's billing settings.
            cost_filters=[{"name": "TagKeyValue", "values": [f"user:{ENV_TAG}${place.spec.env}"]}],
            notifications=[
                {
                    "notification_type": kind,
                    "comparison_operator": "GREATER_THAN",
                    "threshold": percent,
                    "threshold_type": "PERCENTAGE",
                    "subscriber_sns_topic_arns": [policy.arn],
                }
                for kind, percent in WARNINGS.items()
            ],
            tags=place.tags("budget"),
            opts=self.child(),
        )
        self.register_outputs({"topic": topic.arn})

    def _may_publish(self, topic_arn: pulumi.Output[str]) -> pulumi.Output[str]:
        statement = {
            "Sid": "Budgets",
            "Effect": "Allow",
            "Principal": {"Service": "budgets.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": self.place.account}},
        }
        return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [statement]})
