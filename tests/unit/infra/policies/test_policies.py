"""Each policy on declarations that it lets pass and on those that it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.policy import UNKNOWN, Resource, check, names

ENV = {"tags": {"env": "prod"}}
LABELS = {"labels": {"env": "prod"}}
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GOOD_TEMPLATE = {
    "metadataOptions": {"httpTokens": "required"},
    "blockDeviceMappings": [{"ebs": {"encrypted": "true"}}],
}
GOOD_INSTANCE = {
    "metadataOptions": {"httpTokens": "required"},
    "rootBlockDevice": {"encrypted": True},
    "availabilityZone": "a",
    "tags": {"env": "prod"},
}
GOOD_BUCKET = {"publicAccessPrevention": "enforced", "uniformBucketLevelAccess": True, **LABELS}
GOOD_RDS = {"storageEncrypted": True, "deletionProtection": True, **ENV}
PRIVATE_SQL = {"ipv4Enabled": False, "sslMode": "ENCRYPTED_ONLY"}
GOOD_SQL = {
    "deletionProtectionEnabled": True,
    "userLabels": {"env": "prod"},
    "ipConfiguration": PRIVATE_SQL,
}


GROUP = "aws:autoscaling/group:Group"
TAGS = [{"key": "env", "value": "prod", "propagateAtLaunch": True}]
SERVERS = Resource(GROUP, "server", {"vpcZoneIdentifiers": ["a", "b", "c"], "tags": TAGS})


def broken(type_: str, properties: dict[str, Any], name: str = "one") -> list[str]:
    """The policies that a plan of servers and one resource breaks."""
    return [violation.policy for violation in check([SERVERS, Resource(type_, name, properties)])]


def statement(**changes: Any) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::b/*"} | changes
    return {"policy": json.dumps({"Statement": [allowed]})}


PASSING: list[tuple[str, dict[str, Any]]] = [
    (TEMPLATE, GOOD_TEMPLATE),
    (TEMPLATE, GOOD_TEMPLATE | {"networkInterfaces": [{"associatePublicIpAddress": "false"}]}),
    ("aws:ec2/subnet:Subnet", {"mapPublicIpOnLaunch": False}),
    ("aws:ec2/eip:Eip", {"domain": "vpc"}),
    ("aws:ec2/instance:Instance", GOOD_INSTANCE),
    ("aws:lb/listener:Listener", {"protocol": "TCP", "port": 443.0}),
    ("gcp:compute/forwardingRule:ForwardingRule", {"portRange": "443-443"}),
    ("gcp:storage/bucket:Bucket", GOOD_BUCKET),
    (
        "aws:iam/role:Role",
        {
            "assumeRolePolicy": statement(
                Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"}
            )["policy"]
        },
    ),
    ("aws:rds/instance:Instance", GOOD_RDS),
    ("aws:ec2/securityGroup:SecurityGroup", {"ingress": [{"cidrBlocks": ["10.0.0.0/8"]}]}),
    (
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {"cidrIpv4": "0.0.0.0/0", "fromPort": 443, "toPort": 443},
    ),
    ("aws:ec2/securityGroupRule:SecurityGroupRule", {"type": "egress", "cidrBlocks": ["0.0.0.0/0"]}),
    ("aws:iam/rolePolicy:RolePolicy", statement()),
    ("aws:iam/rolePolicy:RolePolicy", statement(Action="ec2:DescribeInstances", Resource="*")),
    ("aws:iam/rolePolicy:RolePolicy", statement(Effect="Deny", Action="*", Resource="*", Principal="*")),
    ("aws:iam/rolePolicy:RolePolicy", {"policy": UNKNOWN}),
    (
        "aws:lb/listener:Listener",
        {"protocol": "TLS", "port": 443, "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
    ),
    (
        "aws:rds/parameterGroup:ParameterGroup",
        {"family": "postgres16", "parameters": [{"name": "rds.force_ssl", "value": "1"}]},
    ),
    ("aws:rds/parameterGroup:ParameterGroup", {"family": "mysql8.0"}),
    ("aws:lb/listener:Listener", {"protocol": "TCP", "port": 4646}),
    (
        "aws:lb/listener:Listener",
        {"protocol": "HTTP", "port": 80, "defaultActions": [{"redirect": {"protocol": "HTTPS"}}]},
    ),
    ("gcp:sql/databaseInstance:DatabaseInstance", {"settings": GOOD_SQL}),
    ("gcp:compute/firewall:Firewall", {"sourceRanges": ["10.0.0.0/8"], "allows": [{"protocol": "tcp"}]}),
    ("gcp:compute/firewall:Firewall", {"sourceTags": ["server"], "allows": [{"protocol": "tcp"}]}),
    (
        "gcp:compute/firewall:Firewall",
        {"sourceRanges": ["0.0.0.0/0"], "allows": [{"protocol": "tcp", "ports": ["443"]}]},
    ),
    ("gcp:compute/firewall:Firewall", {"direction": "EGRESS", "allows": [{"protocol": "all"}]}),
    ("gcp:projects/iAMMember:IAMMember", {"role": "roles/logging.logWriter", "member": "group:a"}),
    ("gcp:redis/instance:Instance", {"transitEncryptionMode": "SERVER_AUTHENTICATION", **LABELS}),
]
REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    (
        "private_nodes",
        TEMPLATE,
        GOOD_TEMPLATE | {"networkInterfaces": [{"associatePublicIpAddress": "true"}]},
    ),
    ("private_nodes", "aws:ec2/subnet:Subnet", {"mapPublicIpOnLaunch": True}),
    ("private_nodes", "aws:ec2/eip:Eip", {"domain": "vpc", "instance": UNKNOWN}),
    ("private_nodes", "aws:ec2/eipAssociation:EipAssociation", {"instanceId": "i-1"}),
    ("private_nodes", "aws:rds/instance:Instance", GOOD_RDS | {"publiclyAccessible": True}),
    (
        "private_nodes",
        "gcp:compute/instanceTemplate:InstanceTemplate",
        {"networkInterfaces": [{"accessConfigs": [{"networkTier": "PREMIUM"}]}], **LABELS},
    ),
    (
        "private_nodes",
        "gcp:sql/databaseInstance:DatabaseInstance",
        {"settings": GOOD_SQL | {"ipConfiguration": {"sslMode": "ENCRYPTED_ONLY"}}},
    ),
    ("encryption_at_rest", TEMPLATE, GOOD_TEMPLATE | {"blockDeviceMappings": []}),
    (
        "encryption_at_rest",
        TEMPLATE,
        GOOD_TEMPLATE | {"blockDeviceMappings": [{"ebs": {"encrypted": "true"}}, {"ebs": {}}]},
    ),
    ("encryption_at_rest", "aws:rds/instance:Instance", GOOD_RDS | {"storageEncrypted": False}),
    ("encryption_at_rest", "aws:ebs/volume:Volume", ENV),
    ("encryption_at_rest", "aws:ec2/instance:Instance", GOOD_INSTANCE | {"rootBlockDevice": None}),
    (
        "encryption_at_rest",
        "aws:ec2/instance:Instance",
        GOOD_INSTANCE | {"ebsBlockDevices": [{"deviceName": "b"}]},
    ),
    ("imdsv2", TEMPLATE, GOOD_TEMPLATE | {"metadataOptions": {"httpTokens": "optional"}}),
    ("imdsv2", TEMPLATE, {"blockDeviceMappings": [{"ebs": {"encrypted": "true"}}]}),
    (
        "closed_ingress",
        "aws:ec2/securityGroup:SecurityGroup",
        {"ingress": [{"cidrBlocks": ["0.0.0.0/0"], "fromPort": 22, "toPort": 22}]},
    ),
    (
        "closed_ingress",
        "aws:ec2/securityGroup:SecurityGroup",
        {"ingress": [{"ipv6CidrBlocks": ["::/0"], "fromPort": 0, "toPort": 443}]},
    ),
    (
        "closed_ingress",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {"cidrIpv4": "0.0.0.0/0", "ipProtocol": "-1"},
    ),
    (
        "closed_ingress",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {"cidrIpv4": "0.0.0.0/0", "ipProtocol": "-1", "fromPort": 443, "toPort": 443},
    ),
    (
        "closed_ingress",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        {"type": "ingress", "cidrBlocks": ["0.0.0.0/1", "128.0.0.0/1"], "fromPort": 22, "toPort": 22},
    ),
    (
        "closed_ingress",
        "gcp:compute/firewall:Firewall",
        {"allows": [{"protocol": "tcp", "ports": ["22"]}]},
    ),
    (
        "closed_ingress",
        "gcp:compute/firewall:Firewall",
        {"sourceRanges": ["0.0.0.0/0"], "allows": [{"protocol": "tcp"}]},
    ),
    ("least_privilege", "aws:iam/rolePolicy:RolePolicy", statement(Action="s3:*")),
    ("least_privilege", "aws:iam/policy:Policy", statement(Action=["s3:PutObject"], Resource=["*"])),
    ("least_privilege", "aws:s3/bucketPolicy:BucketPolicy", statement(Principal="*")),
    ("least_privilege", "aws:s3/bucketPolicy:BucketPolicy", statement(Principal={"AWS": ["*"]})),
    ("least_privilege", "aws:sns/topicPolicy:TopicPolicy", statement(Action="sns:Publish", Principal="*")),
    ("least_privilege", "aws:iam/policy:Policy", statement(NotAction=["iam:*"], Action=[])),
    ("least_privilege", "aws:iam/policy:Policy", statement(NotResource="arn:aws:s3:::b/*", Resource=[])),
    (
        "least_privilege",
        "aws:iam/role:Role",
        {"inlinePolicies": [statement(Action=["s3:GetObject", "s3:*"])]},
    ),
    (
        "least_privilege",
        "aws:iam/role:Role",
        {"managedPolicyArns": ["arn:aws:iam::aws:policy/IAMFullAccess"]},
    ),
    ("private_buckets", "gcp:storage/bucket:Bucket", GOOD_BUCKET | {"publicAccessPrevention": "inherited"}),
    ("private_buckets", "gcp:storage/bucket:Bucket", GOOD_BUCKET | {"uniformBucketLevelAccess": False}),
    (
        "private_buckets",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        {"blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True},
    ),
    (
        "least_privilege",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    ("least_privilege", "gcp:projects/iAMMember:IAMMember", {"role": "roles/editor", "member": "user:a"}),
    (
        "least_privilege",
        "gcp:secretmanager/secretIamMember:SecretIamMember",
        {"role": "roles/secretmanager.secretAccessor", "member": "allUsers"},
    ),
    ("deletion_protection", "aws:rds/instance:Instance", {"storageEncrypted": True, **ENV}),
    ("deletion_protection", "aws:rds/instance:Instance", GOOD_RDS | {"skipFinalSnapshot": True}),
    (
        "deletion_protection",
        "gcp:sql/databaseInstance:DatabaseInstance",
        {"settings": GOOD_SQL | {"deletionProtectionEnabled": False}},
    ),
    ("tagged", "aws:rds/instance:Instance", GOOD_RDS | {"tags": {"team": "sre"}}),
    ("tagged", "aws:autoscaling/group:Group", {"tags": [{"key": "env", "propagateAtLaunch": False}]}),
    ("tagged", "gcp:storage/bucket:Bucket", GOOD_BUCKET | {"labels": {}}),
    ("tls_listeners", "aws:lb/listener:Listener", {"protocol": "HTTP", "port": 80}),
    ("tls_listeners", "aws:lb/listener:Listener", {"protocol": "HTTPS", "port": 443}),
    (
        "tls_listeners",
        "aws:lb/listener:Listener",
        {"protocol": "HTTPS", "port": 443, "sslPolicy": "ELBSecurityPolicy-TLS13-1-0-2021-06"},
    ),
    ("tls_listeners", "aws:rds/parameterGroup:ParameterGroup", {"family": "postgres16"}),
    ("tls_listeners", "aws:lb/listener:Listener", {"protocol": "TCP", "port": 80}),
    ("tls_listeners", "aws:lb/listener:Listener", {"protocol": "TCP", "port": UNKNOWN}),
    ("tls_listeners", "gcp:compute/forwardingRule:ForwardingRule", {"portRange": "79-90"}),
    ("tls_listeners", "gcp:redis/instance:Instance", LABELS),
    ("tls_listeners", "gcp:compute/forwardingRule:ForwardingRule", {"portRange": "80"}),
    (
        "tls_listeners",
        "gcp:sql/databaseInstance:DatabaseInstance",
        {"settings": GOOD_SQL | {"ipConfiguration": {"ipv4Enabled": False}}},
    ),
]


@pytest.mark.parametrize(("type_", "properties"), PASSING)
def test_what_is_right_passes(type_: str, properties: dict[str, Any]) -> None:
    assert broken(type_, properties) == []


@pytest.mark.parametrize(("policy", "type_", "properties"), REFUSED)
def test_what_is_wrong_is_named_by_its_policy_alone(
    policy: str, type_: str, properties: dict[str, Any]
) -> None:
    assert broken(type_, properties) == [policy]


BUCKET = "aws:s3/bucket:Bucket"
HERE = "urn:pulumi:p::s::ekyc:aws:Objects::objects"
CLOSED = dict.fromkeys(
    ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
)


def companions(parent: str) -> list[Resource]:
    """What makes a bucket right."""
    rule = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    block = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    return [Resource(rule, "rule", {}, parent), Resource(block, "block", CLOSED, parent)]


def test_a_bucket_needs_its_encryption_and_its_block_beside_it() -> None:
    bucket = Resource(BUCKET, "images", ENV, HERE)
    elsewhere = companions("urn:pulumi:p::s::ekyc:aws:Logs::logs")
    assert [one.policy for one in check([SERVERS, bucket, *elsewhere])] == [
        "encryption_at_rest",
        "private_buckets",
    ]
    for parent in (bucket.parent, "urn:pulumi:p::s::aws:s3/bucket:Bucket::images"):
        assert check([SERVERS, bucket, *companions(parent)]) == []


def test_two_buckets_do_not_share_one_encryption() -> None:
    buckets = [Resource(BUCKET, name, ENV, HERE) for name in ("images", "backups")]
    assert {one.policy for one in check([SERVERS, *buckets, *companions(HERE)])} == {
        "encryption_at_rest",
        "private_buckets",
    }
    assert check([SERVERS, *buckets, *companions(HERE), *companions(HERE)]) == []


def test_a_provider_tags_for_its_resources_but_not_for_machines_of_groups() -> None:
    provider = Resource("pulumi:providers:aws", "aws", {"defaultTags": {"tags": {"env": "prod"}}})
    volume = Resource("aws:ebs/volume:Volume", "v", {"encrypted": True})
    group = Resource(GROUP, "workers", {})
    assert [str(one) for one in check([SERVERS, provider, volume, group])] == [
        "tagged: aws:autoscaling:Group workers: tags: env with propagateAtLaunch is missing"
    ]


def test_every_policy_is_proved_to_refuse() -> None:
    assert set(names()) == {policy for policy, *_ in REFUSED} | {"three_zones"}
