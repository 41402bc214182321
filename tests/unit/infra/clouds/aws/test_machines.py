"""Servers and pools on AWS: where they stand, what they boot, what they may do."""

from __future__ import annotations

import gzip
import json
from base64 import b64decode
from email import message_from_bytes, policy
from typing import Any

import pytest

from infra.clouds.aws.boot import boot_document, sessions_script
from infra.clouds.aws.node_config import client_config, server_config
from infra.clouds.aws.place import Place
from infra.node.user_data import user_data
from infra.policy import Resource
from infra.prices import load_prices
from tests.declared import Plan
from tests.unit.infra.clouds.aws.plan import ACCOUNT, SPEC, planned, prod, spec_with

EC2_USER_DATA_BYTES = 16384


def group(name: str, plan: Plan | None = None) -> dict[str, Any]:
    """The auto-scaling group `aws-prod-<name>`."""
    return (plan or prod()).named("aws:autoscaling:Group", f"aws-prod-{name}")


def zones(name: str, plan: Plan | None = None) -> list[str]:
    """The zones that it stands in."""
    subnets = group(name, plan)["vpcZoneIdentifiers"]
    return [one.removeprefix("aws-prod-private-").removesuffix("-id") for one in subnets]


def statements(role: str) -> dict[str, dict[str, Any]]:
    """What the role of `role` may do, by the statements' names."""
    (policy,) = (one for one in prod().of("aws:iam:RolePolicy") if one.name == f"aws-prod-{role}")
    return {one["Sid"]: one for one in json.loads(policy.properties["policy"])["Statement"]}


def parts(boot: bytes) -> list[tuple[str, str]]:
    """The type and the text of what cloud-init finds in the user-data."""
    whole = message_from_bytes(gzip.decompress(boot), policy=policy.default)
    return [(one.get_content_type(), str(one.get_content())) for one in whole.iter_parts()]


def templates() -> list[Resource]:
    return prod().of("aws:ec2:LaunchTemplate")


def test_every_server_is_a_group_of_one_in_a_zone_of_its_own() -> None:
    servers = [f"server-{index}" for index in range(3)]
    assert [zones(name) for name in servers] == [[zone] for zone in SPEC.zones]
    assert all(group(name)["minSize"] == group(name)["maxSize"] == 1 for name in servers)


def test_five_servers_take_turns_over_three_zones() -> None:
    plan = planned(spec_with(servers__count=5))
    assert [zones(f"server-{index}", plan)[0] for index in range(5)] == [*SPEC.zones, *SPEC.zones[:2]]


def test_servers_are_judged_by_their_machine_and_never_refreshed_together() -> None:
    server = group("server-0")
    assert server["healthCheckType"] == "EC2"
    assert "instanceRefresh" not in server


def test_pools_stand_in_all_zones_and_odd_even_ones_in_two() -> None:
    assert zones("api") == SPEC.zones
    assert zones("workers") == SPEC.zones[:2]


def test_stateless_pools_are_refreshed_with_a_way_back_and_stateful_ones_left_alone() -> None:
    preferences = group("api")["instanceRefresh"]["preferences"]
    assert preferences["autoRollback"] is True
    assert preferences["minHealthyPercentage"] == 90
    assert group("api")["launchTemplate"]["version"] == "3"
    assert "instanceRefresh" not in group("core")
    assert group("core")["suspendedProcesses"] == ["AZRebalance"]


def test_every_pool_drains_before_a_machine_ends() -> None:
    hooks = {
        one.properties["autoscalingGroupName"]: one.properties
        for one in prod().of("aws:autoscaling:LifecycleHook")
    }
    assert set(hooks) == {"aws-prod-core", "aws-prod-api", "aws-prod-workers"}
    assert {one["lifecycleTransition"] for one in hooks.values()} == {"autoscaling:EC2_INSTANCE_TERMINATING"}


def test_spot_pools_are_rebalanced_before_machines_are_taken_back() -> None:
    pool = SPEC.pools["workers"].model_copy(update={"spot": True}).model_dump(exclude_none=True)
    workers = group("workers", planned(spec_with(pools__workers=pool)))
    distribution = workers["mixedInstancesPolicy"]["instancesDistribution"]
    assert distribution["onDemandPercentageAboveBaseCapacity"] == 0
    assert distribution["spotAllocationStrategy"] == "capacity-optimized"
    assert workers["capacityRebalance"] is True
    assert "launchTemplate" not in workers


@pytest.mark.parametrize("template", templates(), ids=lambda one: one.name)
def test_no_machine_is_public_or_answers_to_forged_requests(template: Resource) -> None:
    (interface,) = template.properties["networkInterfaces"]
    assert interface["associatePublicIpAddress"] == "false"
    assert template.properties["metadataOptions"]["httpTokens"] == "required"
    assert template.properties["metadataOptions"]["httpPutResponseHopLimit"] == 1


@pytest.mark.parametrize("template", templates(), ids=lambda one: one.name)
def test_every_disk_is_gp3_under_the_environments_key(template: Resource) -> None:
    (disk,) = template.properties["blockDeviceMappings"]
    assert (disk["ebs"]["encrypted"], disk["ebs"]["volumeType"]) == ("true", "gp3")
    assert disk["ebs"]["kmsKeyId"] == "arn:aws:test:::aws-prod-data"


def test_machines_boot_what_the_node_package_renders() -> None:
    place, shapes = Place(SPEC, ACCOUNT), load_prices("aws").shapes
    expected = {"server": server_config(place)} | {
        name: client_config(place, name, pool, shapes[pool.shape]) for name, pool in SPEC.pools.items()
    }
    for name, config in expected.items():
        given = prod().named("aws:ec2:LaunchTemplate", f"aws-prod-{name}")["userData"]
        node, sessions = parts(b64decode(given))
        assert node == ("text/cloud-config", user_data(config)), name
        assert sessions == ("text/x-shellscript", sessions_script("ap-south-1")), name
        assert len(b64decode(given)) <= EC2_USER_DATA_BYTES, name


def test_the_same_machine_boots_the_same_bytes() -> None:
    """Else every `up` would be a new version of every template."""
    config = server_config(Place(SPEC, ACCOUNT))
    assert boot_document(config, "ap-south-1") == boot_document(config, "ap-south-1")
    assert b"\r" not in gzip.decompress(boot_document(config, "ap-south-1"))


def test_workers_know_their_gpus() -> None:
    pool = SPEC.pools["workers"]
    config = client_config(Place(SPEC, ACCOUNT), "workers", pool, load_prices("aws").shapes[pool.shape])
    assert (config.gpus, config.gpu_memory_mib) == (1, 16384)


def test_each_role_reads_its_own_bundle_and_no_other() -> None:
    assert statements("server")["ReadBundle"]["Resource"] == ["aws-prod-server-bundle-id"]
    for pool in SPEC.pools:
        assert statements(pool)["ReadBundle"]["Resource"] == ["aws-prod-client-bundle-id"]
        decrypt = statements(pool)["DecryptBundle"]["Condition"]["StringEquals"]
        assert decrypt["kms:EncryptionContext:SecretARN"] == "aws-prod-client-bundle-id"


def test_a_node_completes_the_hook_of_its_own_group_alone() -> None:
    for pool in SPEC.pools:
        assert statements(pool)["ReportDrained"]["Action"] == ["autoscaling:CompleteLifecycleAction"]
        (arn,) = statements(pool)["ReportDrained"]["Resource"]
        assert arn.endswith(f":autoScalingGroup:*:autoScalingGroupName/aws-prod-{pool}")
    assert "ReportDrained" not in statements("server")


def test_only_nodes_whose_jobs_handle_images_use_the_bucket() -> None:
    for pool in ("api", "workers"):
        assert statements(pool)["UseObjects"]["Resource"] == ["arn:aws:test:::aws-prod-images/*"]
    for role in ("core", "server"):
        assert "UseObjects" not in statements(role)


def test_edge_nodes_alone_stand_behind_the_api() -> None:
    assert group("api")["targetGroupArns"] == ["arn:aws:test:::aws-prod-ingress"]
    assert group("workers")["targetGroupArns"] == []


def test_machines_carry_the_environments_tag() -> None:
    for one in prod().of("aws:autoscaling:Group"):
        kept = {tag["key"]: tag["value"] for tag in one.properties["tags"] if tag["propagateAtLaunch"]}
        assert kept["env"] == "aws-prod"
