"""Load balancers."""

from __future__ import annotations

from typing import Any

from tests.stacks.aws.moto_provider.kind import Aws, Facts, Kind, Wanted, pascals
from tests.stacks.provider import Properties

ATTRIBUTES = {
    "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
}
HEALTH = {
    "protocol": "HealthCheckProtocol",
    "path": "HealthCheckPath",
    "interval": "HealthCheckIntervalSeconds",
    "healthyThreshold": "HealthyThresholdCount",
    "unhealthyThreshold": "UnhealthyThresholdCount",
}


def _create_balancer(aws: Aws, wanted: Wanted) -> str:
    made = aws.elbv2.create_load_balancer(
        Name=wanted["name"],
        Type=wanted["loadBalancerType"],
        Scheme="internal" if wanted["internal"] else "internet-facing",
        **wanted.sent("subnets", "securityGroups"),
        Tags=wanted.tags(),
    )["LoadBalancers"][0]["LoadBalancerArn"]
    set_to = [
        {"Key": key, "Value": str(wanted[ours]).lower()}
        for ours, key in ATTRIBUTES.items()
        if wanted.get(ours) is not None
    ]
    aws.elbv2.modify_load_balancer_attributes(LoadBalancerArn=made, Attributes=set_to)
    return str(made)


def _read_balancer(aws: Aws, identity: str) -> Facts:
    (found,) = aws.elbv2.describe_load_balancers(LoadBalancerArns=[identity])["LoadBalancers"]
    return {
        "arn": identity,
        "dnsName": found["DNSName"],
        "zoneId": found["CanonicalHostedZoneId"],
        "subnets": [zone["SubnetId"] for zone in found["AvailabilityZones"]],
    }


def _create_target_group(aws: Aws, wanted: Wanted) -> str:
    made = aws.elbv2.create_target_group(
        **wanted.sent("name", "vpcId", "port", "protocol", "targetType"),
        **_health(dict(wanted["healthCheck"])),
        Tags=wanted.tags(),
    )["TargetGroups"][0]["TargetGroupArn"]
    delay = {"Key": "deregistration_delay.timeout_seconds", "Value": str(wanted["deregistrationDelay"])}
    aws.elbv2.modify_target_group_attributes(TargetGroupArn=made, Attributes=[delay])
    return str(made)


def _health(check: Properties) -> dict[str, Any]:
    matcher = check.pop("matcher", None)
    sent: dict[str, Any] = {HEALTH[key]: value for key, value in check.items()}
    return sent | ({"Matcher": {"HttpCode": matcher}} if matcher else {})


def _read_target_group(aws: Aws, identity: str) -> Facts:
    (found,) = aws.elbv2.describe_target_groups(TargetGroupArns=[identity])["TargetGroups"]
    return {"arn": identity, "vpcId": found["VpcId"], "port": found["Port"]}


def _create_listener(aws: Aws, wanted: Wanted) -> str:
    certificate = wanted.get("certificateArn")
    made = aws.elbv2.create_listener(
        **wanted.sent("loadBalancerArn", "port", "protocol", "sslPolicy"),
        **({"Certificates": [{"CertificateArn": certificate}]} if certificate else {}),
        DefaultActions=pascals(wanted["defaultActions"]),
        Tags=wanted.tags(),
    )
    return str(made["Listeners"][0]["ListenerArn"])


def _read_listener(aws: Aws, identity: str) -> Facts:
    (found,) = aws.elbv2.describe_listeners(ListenerArns=[identity])["Listeners"]
    return {"arn": identity, "port": found["Port"], "protocol": found["Protocol"]}


KINDS = {
    "aws:lb/loadBalancer:LoadBalancer": Kind(
        _create_balancer,
        _read_balancer,
        lambda aws, identity, _: aws.elbv2.delete_load_balancer(LoadBalancerArn=identity),
        replaces=("name", "loadBalancerType", "internal", "subnets"),
        name_key="name",
    ),
    "aws:lb/targetGroup:TargetGroup": Kind(
        _create_target_group,
        _read_target_group,
        lambda aws, identity, _: aws.elbv2.delete_target_group(TargetGroupArn=identity),
        replaces=("name", "vpcId", "port", "protocol", "targetType"),
        name_key="name",
    ),
    "aws:lb/listener:Listener": Kind(
        _create_listener,
        _read_listener,
        lambda aws, identity, _: aws.elbv2.delete_listener(ListenerArn=identity),
        replaces=("loadBalancerArn",),
    ),
}
