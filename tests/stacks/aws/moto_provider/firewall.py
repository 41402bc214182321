"""Security groups and their rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.stacks.aws.moto_provider.kind import Aws, Facts, Kind, Wanted, nothing
from tests.stacks.provider import Properties


def _create_group(aws: Aws, wanted: Wanted) -> str:
    made = aws.ec2.create_security_group(
        GroupName=wanted["name"],
        **wanted.sent("description", "vpcId"),
        TagSpecifications=[{"ResourceType": "security-group", "Tags": wanted.tags()}],
    )["GroupId"]
    # The provider takes the rule away that AWS gives to every group: out to everywhere.
    _close(aws, made)
    return str(made)


def _read_group(aws: Aws, identity: str) -> Facts:
    (group,) = aws.ec2.describe_security_groups(GroupIds=[identity])["SecurityGroups"]
    return {"vpcId": group["VpcId"], "description": group["Description"]}


def _delete_group(aws: Aws, identity: str, _: Properties) -> None:
    aws.ec2.delete_security_group(GroupId=identity)


def _adopt_default_group(aws: Aws, wanted: Wanted) -> str:
    filters = [
        {"Name": "vpc-id", "Values": [wanted["vpcId"]]},
        {"Name": "group-name", "Values": ["default"]},
    ]
    (group,) = aws.ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    _close(aws, group["GroupId"])
    aws.ec2.create_tags(Resources=[group["GroupId"]], Tags=wanted.tags())
    return str(group["GroupId"])


def _close(aws: Aws, group: str) -> None:
    (found,) = aws.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    for rules, revoke in (
        ("IpPermissions", aws.ec2.revoke_security_group_ingress),
        ("IpPermissionsEgress", aws.ec2.revoke_security_group_egress),
    ):
        if found[rules]:
            revoke(GroupId=group, IpPermissions=found[rules])


def _create_rule(direction: str) -> Callable[[Aws, Wanted], str]:
    def create(aws: Aws, wanted: Wanted) -> str:
        authorize = getattr(aws.ec2, f"authorize_security_group_{direction}")
        made = authorize(
            GroupId=wanted["securityGroupId"],
            IpPermissions=[wanted.sent("ipProtocol", "fromPort", "toPort") | _other_end(wanted)],
            TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": wanted.tags()}],
        )
        return str(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    return create


def _other_end(wanted: Wanted) -> dict[str, Any]:
    note = {"Description": wanted["description"]}
    group = wanted.get("referencedSecurityGroupId")
    if group:
        return {"UserIdGroupPairs": [{"GroupId": group, **note}]}
    return {"IpRanges": [{"CidrIp": wanted["cidrIpv4"], **note}]}


def _read_rule(aws: Aws, identity: str) -> Facts | None:
    found = aws.ec2.describe_security_group_rules(SecurityGroupRuleIds=[identity])["SecurityGroupRules"]
    if not found:
        return None
    rule = found[0]
    facts = {
        "securityGroupId": rule["GroupId"],
        "ipProtocol": rule["IpProtocol"],
        "fromPort": rule["FromPort"],
        "toPort": rule["ToPort"],
        "cidrIpv4": rule.get("CidrIpv4"),
        "referencedSecurityGroupId": rule.get("ReferencedGroupInfo", {}).get("GroupId"),
    }
    return {key: value for key, value in facts.items() if value is not None}


def _delete_rule(direction: str) -> Callable[[Aws, str, Properties], None]:
    def delete(aws: Aws, identity: str, inputs: Properties) -> None:
        revoke = getattr(aws.ec2, f"revoke_security_group_{direction}")
        revoke(GroupId=inputs["securityGroupId"], SecurityGroupRuleIds=[identity])

    return delete


ENDS = ("securityGroupId", "referencedSecurityGroupId", "cidrIpv4", "ipProtocol", "fromPort", "toPort")


def _rule(direction: str) -> Kind:
    return Kind(_create_rule(direction), _read_rule, _delete_rule(direction), replaces=ENDS)


KINDS = {
    "aws:ec2/securityGroup:SecurityGroup": Kind(
        _create_group, _read_group, _delete_group, replaces=("vpcId", "description"), name_key="name"
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Kind(
        _adopt_default_group, _read_group, nothing, replaces=("vpcId",)
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rule("ingress"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _rule("egress"),
}
