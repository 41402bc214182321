"""What an account still holds of an environment."""

from __future__ import annotations

from typing import Any

from tests.stacks.aws.rig import Rig

OURS = {"Filters": [{"Name": "tag:env", "Values": ["aws-prod"]}]}
GONE = {"terminated", "deleted", "PendingDeletion"}

LISTS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("ec2", "describe_vpcs", "Vpcs", OURS),
    ("ec2", "describe_subnets", "Subnets", OURS),
    ("ec2", "describe_internet_gateways", "InternetGateways", OURS),
    ("ec2", "describe_route_tables", "RouteTables", OURS),
    ("ec2", "describe_addresses", "Addresses", OURS),
    ("ec2", "describe_nat_gateways", "NatGateways", {}),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints", {}),
    ("ec2", "describe_flow_logs", "FlowLogs", {}),
    ("ec2", "describe_security_groups", "SecurityGroups", OURS),
    ("ec2", "describe_launch_templates", "LaunchTemplates", {}),
    ("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", {}),
    ("elbv2", "describe_load_balancers", "LoadBalancers", {}),
    ("elbv2", "describe_target_groups", "TargetGroups", {}),
    ("acm", "list_certificates", "CertificateSummaryList", {}),
    ("rds", "describe_db_instances", "DBInstances", {}),
    ("rds", "describe_db_subnet_groups", "DBSubnetGroups", {}),
    ("elasticache", "describe_replication_groups", "ReplicationGroups", {}),
    ("s3", "list_buckets", "Buckets", {}),
    ("ecr", "describe_repositories", "repositories", {}),
    ("secretsmanager", "list_secrets", "SecretList", {}),
    ("logs", "describe_log_groups", "logGroups", {}),
    ("iam", "list_roles", "Roles", {}),
    ("iam", "list_instance_profiles", "InstanceProfiles", {}),
    ("sns", "list_topics", "Topics", {}),
    ("budgets", "describe_budgets", "Budgets", {"AccountId": "123456789012"}),
]
"""Service, call, where its answer is, and what to ask for."""


def leftovers(rig: Rig) -> list[str]:
    """Every object that is still there. A key is kept until its window ends, and is not counted."""
    return [
        f"{service} {key}: {item}"
        for service, call, key, words in LISTS
        for item in getattr(rig.client(service), call)(**words).get(key, [])
        if item.get("State") not in GONE
    ]
