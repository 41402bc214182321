"""aws-prod on an emulator of AWS's API, made by the real engine and looked at as an operator would."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

import pytest

from infra.clouds.aws.flows import GROUPS
from sre_cli.errors import EngineUnavailable
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.outputs import StackExports
from tests.stacks.aws.leftovers import leftovers
from tests.stacks.aws.rig import SPEC, Rig, emulated_account, variation

pytestmark = pytest.mark.engines

LOST_AFTER = 100
"""Resources that are made when the first `up` is cut short."""


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """An account in which aws-prod was brought up, though the first try was killed halfway."""
    with emulated_account(tmp_path_factory.mktemp("aws")) as rig:
        rig.backend.lost_after = LOST_AFTER
        with pytest.raises(EngineUnavailable):
            rig.driver(SPEC).up()
        rig.backend.lost_after = None
        rig.driver(SPEC).up()
        yield rig


def changes(rig: Rig, spec: ClusterSpec = SPEC) -> dict[tuple[str, str], str]:
    """What `up` would do: the operation, by kind and name."""
    return {(one.type, one.name): one.op for one in rig.driver(spec).preview().changes}


def test_the_killed_up_was_resumed_and_made_nothing_twice(account: Rig) -> None:
    ours = [{"Name": "tag:env", "Values": ["aws-prod"]}]
    ec2 = account.client("ec2")
    assert len(ec2.describe_vpcs(Filters=ours)["Vpcs"]) == 1
    assert len(ec2.describe_subnets(Filters=ours)["Subnets"]) == 3 * len(SPEC.zones)
    assert len(ec2.describe_security_groups(Filters=ours)["SecurityGroups"]) == len(GROUPS) + 1


def test_a_second_up_changes_nothing(account: Rig) -> None:
    assert account.driver(SPEC).up().changes == ()


def test_what_is_there_is_what_the_state_says(account: Rig) -> None:
    assert account.driver(SPEC).drift().changes == ()


def test_nodes_stand_in_three_zones_and_have_no_way_in_from_the_internet(account: Rig) -> None:
    assert _zones(account, "aws-prod-api") == set(SPEC.zones)
    assert _zones(account, "aws-prod-workers") == set(SPEC.zones[:2])
    servers = [_zones(account, f"aws-prod-server-{index}") for index in range(3)]
    assert set().union(*servers) == set(SPEC.zones)
    for group in _groups(account):
        for subnet in group["VPCZoneIdentifier"].split(","):
            default = _default_route(account, subnet)
            assert "NatGatewayId" in default
            assert "GatewayId" not in default


def test_a_zones_nodes_leave_by_a_gateway_in_that_zone(account: Rig) -> None:
    ec2 = account.client("ec2")
    for subnet in _subnets(account, "private"):
        nat = _default_route(account, subnet["SubnetId"])["NatGatewayId"]
        (gateway,) = ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"]
        (home,) = ec2.describe_subnets(SubnetIds=[gateway["SubnetId"]])["Subnets"]
        assert home["AvailabilityZone"] == subnet["AvailabilityZone"]


def test_data_subnets_have_no_way_out(account: Rig) -> None:
    for subnet in _subnets(account, "data"):
        assert _default_route(account, subnet["SubnetId"]) == {}


def test_machines_run_and_none_has_a_public_address(account: Rig) -> None:
    machines = _machines(account)
    assert len(machines) == 3 + sum(pool.start for pool in SPEC.pools.values())
    assert not [one for one in machines if one.get("PublicIpAddress")]


def test_security_groups_let_in_from_the_world_on_443_alone(account: Rig) -> None:
    rules = account.client("ec2").describe_security_group_rules()["SecurityGroupRules"]
    world = {
        (one["FromPort"], one["ToPort"])
        for one in rules
        if one.get("CidrIpv4") == "0.0.0.0/0" and not one["IsEgress"]
    }
    assert world == {(443, 443)}


def test_every_server_stands_behind_the_operators_load_balancer(account: Rig) -> None:
    elbv2 = account.client("elbv2")
    targets = {one["Port"]: one for one in elbv2.describe_target_groups()["TargetGroups"]}
    servers = {one["InstanceId"] for one in _machines(account) if _tag(one, "sre-join")}
    assert len(servers) == 3
    for port in (4646, 8501):
        arn = targets[port]["TargetGroupArn"]
        health = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        assert {one["Target"]["Id"] for one in health} == servers


def test_names_lead_to_the_load_balancers(account: Rig) -> None:
    route53, elbv2 = account.client("route53"), account.client("elbv2")
    (zone,) = route53.list_hosted_zones()["HostedZones"]
    records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    aliases = {
        one["Name"].rstrip("."): one["AliasTarget"]["DNSName"] for one in records if "AliasTarget" in one
    }
    balancers = {one["Type"]: one["DNSName"] for one in elbv2.describe_load_balancers()["LoadBalancers"]}
    assert aliases["ekyc.example.com"].rstrip(".") == balancers["application"]
    assert aliases["nomad.ekyc.example.com"].rstrip(".") == balancers["network"]


def test_bundles_are_what_the_identity_made(account: Rig) -> None:
    secrets = account.client("secretsmanager")
    server = secrets.get_secret_value(SecretId="aws-prod/server/bundle")["SecretString"]
    client = secrets.get_secret_value(SecretId="aws-prod/client/bundle")["SecretString"]
    assert "nomad_management_token" in server
    assert "nomad_management_token" not in client


def test_outputs_are_complete(account: Rig) -> None:
    exports = StackExports.model_validate(account.driver(SPEC).outputs())
    assert exports.pools["workers"].id == "aws-prod-workers"
    assert exports.bucket == "aws-prod-images-123456789012"
    assert exports.postgres is not None


def test_a_new_pool_leaves_the_others_alone(account: Rig) -> None:
    more = {**SPEC.pools, "batch": SPEC.pools["workers"].model_copy(update={"spot": True})}
    planned = changes(account, variation(pools=more))
    assert set(planned.values()) == {"create"}
    assert ("aws:autoscaling:Group", "aws-prod-batch") in planned


def test_another_address_plan_replaces_the_network(account: Rig) -> None:
    network = SPEC.network.model_copy(update={"cidr": IPv4Network("10.60.0.0/16")})
    planned = changes(account, variation(network=network))
    assert planned["aws:ec2:Vpc", "aws-prod-network"] == "replace"
    assert planned["aws:ec2:Subnet", f"aws-prod-private-{SPEC.zones[0]}"] == "replace"


def test_what_was_changed_by_hand_comes_back_but_the_autoscalers_size_stays(account: Rig) -> None:
    ec2, scaling, driver = account.client("ec2"), account.client("autoscaling"), account.driver(SPEC)
    scaling.set_desired_capacity(AutoScalingGroupName="aws-prod-workers", DesiredCapacity=9)
    rule = _rule_into(account, port=8300)
    ec2.revoke_security_group_ingress(
        GroupId=rule["GroupId"], SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]]
    )
    drifted = {one.type for one in driver.drift().changes}
    assert "aws:vpc:SecurityGroupIngressRule" in drifted
    driver.up()
    assert _rule_into(account, port=8300)["SecurityGroupRuleId"] != rule["SecurityGroupRuleId"]
    assert driver.outputs()["pools"]["workers"]["size"] == 9
    (group,) = (one for one in _groups(account) if one["AutoScalingGroupName"] == "aws-prod-workers")
    assert group["DesiredCapacity"] == 9


def test_another_shape_is_a_new_version_of_the_template_rolled_in_place(account: Rig) -> None:
    pool = SPEC.pools["api"].model_copy(update={"shape": "cpu-8x32"})
    done = account.driver(variation(pools={**SPEC.pools, "api": pool})).up()
    assert {(one.op, one.type, one.name) for one in done.changes} == {
        ("update", "aws:ec2:LaunchTemplate", "aws-prod-api"),
        ("update", "aws:autoscaling:Group", "aws-prod-api"),
    }


def test_destroy_stops_at_what_is_protected_and_then_leaves_nothing(account: Rig) -> None:
    """Last in this file: it takes the stack down."""
    with pytest.raises(EngineUnavailable, match="protected"):
        account.driver(SPEC).destroy()
    rds = account.client("rds")
    rds.modify_db_instance(DBInstanceIdentifier="aws-prod-postgres", DeletionProtection=False)
    account.driver(SPEC).destroy()
    assert leftovers(account) == []
    (snapshot,) = rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert snapshot["DBInstanceIdentifier"] == "aws-prod-postgres"
    assert account.driver(SPEC).destroy().changes == ()


def _rule_into(rig: Rig, port: int) -> dict[str, Any]:
    rules = rig.client("ec2").describe_security_group_rules()["SecurityGroupRules"]
    return next(one for one in rules if one["FromPort"] == port and not one["IsEgress"])


def _groups(rig: Rig) -> list[dict[str, Any]]:
    found = rig.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return list(found)


def _zones(rig: Rig, name: str) -> set[str]:
    (group,) = (one for one in _groups(rig) if one["AutoScalingGroupName"] == name)
    ids = group["VPCZoneIdentifier"].split(",")
    subnets = rig.client("ec2").describe_subnets(SubnetIds=ids)["Subnets"]
    return {one["AvailabilityZone"] for one in subnets}


def _subnets(rig: Rig, tier: str) -> list[dict[str, Any]]:
    filters = [{"Name": "tag:tier", "Values": [tier]}, {"Name": "tag:env", "Values": ["aws-prod"]}]
    found = rig.client("ec2").describe_subnets(Filters=filters)["Subnets"]
    assert len(found) == len(SPEC.zones)
    return list(found)


def _default_route(rig: Rig, subnet: str) -> dict[str, Any]:
    filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
    (table,) = rig.client("ec2").describe_route_tables(Filters=filters)["RouteTables"]
    routes = [one for one in table["Routes"] if one.get("DestinationCidrBlock") == "0.0.0.0/0"]
    return dict(routes[0]) if routes else {}


def _machines(rig: Rig) -> list[dict[str, Any]]:
    alive = [{"Name": "instance-state-name", "Values": ["running"]}]
    found = rig.client("ec2").describe_instances(Filters=alive)["Reservations"]
    return [machine for one in found for machine in one["Instances"]]


def _tag(machine: dict[str, Any], key: str) -> str | None:
    return next((one["Value"] for one in machine["Tags"] if one["Key"] == key), None)
