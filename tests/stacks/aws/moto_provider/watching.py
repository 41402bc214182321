"""Logs, budgets and topics."""

from __future__ import annotations

from tests.stacks.aws.moto_provider.kind import Aws, Facts, Kind, Wanted
from tests.stacks.provider import Properties


def _create_group(aws: Aws, wanted: Wanted) -> str:
    name = wanted["name"]
    aws.logs.create_log_group(logGroupName=name, kmsKeyId=wanted["kmsKeyId"], tags=wanted.get("tags", {}))
    aws.logs.put_retention_policy(logGroupName=name, retentionInDays=wanted["retentionInDays"])
    return str(name)


def _read_group(aws: Aws, identity: str) -> Facts | None:
    groups = aws.logs.describe_log_groups(logGroupNamePrefix=identity)["logGroups"]
    found = [one for one in groups if one["logGroupName"] == identity]
    if not found:
        return None
    arn = found[0]["arn"].removesuffix(":*")
    return {"arn": arn, "name": identity, "retentionInDays": found[0]["retentionInDays"]}


def _create_topic(aws: Aws, wanted: Wanted) -> str:
    attributes = {"KmsMasterKeyId": wanted["kmsMasterKeyId"]}
    made = aws.sns.create_topic(Name=wanted["name"], Attributes=attributes, Tags=wanted.tags())
    return str(made["TopicArn"])


def _read_topic(aws: Aws, identity: str) -> Facts:
    aws.sns.get_topic_attributes(TopicArn=identity)
    return {"arn": identity}


def _allow(aws: Aws, wanted: Wanted) -> str:
    aws.sns.set_topic_attributes(
        TopicArn=wanted["arn"], AttributeName="Policy", AttributeValue=wanted["policy"]
    )
    return str(wanted["arn"])


def _deny(aws: Aws, identity: str, _: Properties) -> None:
    owner = identity.split(":")[4]
    policy = f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{owner}"}},'
    policy += f'"Action":"sns:Publish","Resource":"{identity}"}}]}}'
    aws.sns.set_topic_attributes(TopicArn=identity, AttributeName="Policy", AttributeValue=policy)


def _create_budget(aws: Aws, wanted: Wanted) -> str:
    account = aws.sts.get_caller_identity()["Account"]
    budget = {
        "BudgetName": wanted["name"],
        "BudgetLimit": {"Amount": wanted["limitAmount"], "Unit": wanted["limitUnit"]},
        "CostFilters": {one["name"]: one["values"] for one in wanted["costFilters"]},
        **wanted.sent("budgetType", "timeUnit"),
    }
    aws.budgets.create_budget(
        AccountId=account,
        Budget=budget,
        NotificationsWithSubscribers=[_notification(one) for one in wanted["notifications"]],
        ResourceTags=wanted.tags(),
    )
    return f"{account}:{wanted['name']}"


def _notification(one: Properties) -> Properties:
    keys = ("notificationType", "comparisonOperator", "threshold", "thresholdType")
    topics = [{"SubscriptionType": "SNS", "Address": arn} for arn in one["subscriberSnsTopicArns"]]
    return {"Notification": Wanted(one).sent(*keys), "Subscribers": topics}


def _read_budget(aws: Aws, identity: str) -> Facts:
    account, name = identity.split(":")
    aws.budgets.describe_budget(AccountId=account, BudgetName=name)
    return {"name": name}


def _delete_budget(aws: Aws, identity: str, _: Properties) -> None:
    account, name = identity.split(":")
    aws.budgets.delete_budget(AccountId=account, BudgetName=name)


KINDS = {
    "aws:cloudwatch/logGroup:LogGroup": Kind(
        _create_group,
        _read_group,
        lambda aws, identity, _: aws.logs.delete_log_group(logGroupName=identity),
        replaces=("name",),
    ),
    "aws:sns/topic:Topic": Kind(
        _create_topic,
        _read_topic,
        lambda aws, identity, _: aws.sns.delete_topic(TopicArn=identity),
        replaces=("name",),
    ),
    "aws:sns/topicPolicy:TopicPolicy": Kind(_allow, _read_topic, _deny, replaces=("arn",)),
    "aws:budgets/budget:Budget": Kind(_create_budget, _read_budget, _delete_budget, replaces=("name",)),
}
