"""Servers and pools: where they stand, what they boot, how they are replaced."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.clouds.gcp.node_config import client_config, server_config
from infra.clouds.gcp.place import Place
from infra.clouds.gcp.servers import share
from infra.node.user_data import user_data
from infra.prices import load_prices
from tests.unit.infra.clouds.gcp.plan import KEY, PROJECT, SPEC, planned, prod, spec_with

TEMPLATE, GROUP = "gcp:compute:RegionInstanceTemplate", "gcp:compute:RegionInstanceGroupManager"
PLACE = Place(SPEC, PROJECT)
NAMES = ["gcp-prod-server", *(f"gcp-prod-{pool}" for pool in SPEC.pools)]


@pytest.mark.parametrize("name", NAMES)
def test_machines_are_private_shielded_and_encrypted_with_our_key(name: str) -> None:
    machine = prod().named(TEMPLATE, name)
    assert [set(one) for one in machine["networkInterfaces"]] == [{"stackType", "subnetwork"}]
    assert set(machine["shieldedInstanceConfig"].values()) == {True}
    (disk,) = machine["disks"]
    assert disk["diskEncryptionKey"] == {"kmsKeySelfLink": KEY}
    assert machine["metadata"]["enable-oslogin"] == machine["metadata"]["block-project-ssh-keys"] == "TRUE"
    assert machine["labels"] == {"team": "sre", "service": "ekyc", "env": "gcp-prod"}


def test_user_data_is_what_the_node_package_renders() -> None:
    told = prod().named(TEMPLATE, "gcp-prod-server")["metadata"]["user-data"]
    assert told == user_data(server_config(PLACE))
    pool, shape = SPEC.pools["workers"], load_prices("gcp").shapes["gpu-t4-4x16"]
    told = prod().named(TEMPLATE, "gcp-prod-workers")["metadata"]["user-data"]
    assert told == user_data(client_config(PLACE, "workers", pool, shape))
    assert len(told) < 256 * 1024
    files = {one["path"]: one["content"] for one in yaml.safe_load(told)["write_files"]}
    node = json.loads(files["/etc/sre/node.json"])
    assert (node["gpus"], node["gpu_memory_mib"], node["cloud"]) == (1, 16384, "gcp")


def test_servers_stand_alone_in_three_zones_and_no_template_replaces_them() -> None:
    groups = prod().of("gcp:compute:InstanceGroupManager")
    assert {one.properties["zone"] for one in groups} == set(SPEC.zones)
    for group in groups:
        assert group.properties["targetSize"] == 1
        assert group.properties["updatePolicy"]["type"] == "OPPORTUNISTIC"
        assert group.properties["autoHealingPolicies"]["healthCheck"] == "gcp-prod-liveness-id"


def test_five_servers_are_shared_out_over_the_zones() -> None:
    five = spec_with(servers={"shape": "cpu-2x8", "count": 5})
    assert list(share(Place(five, PROJECT)).values()) == [2, 2, 1]


def test_liveness_asks_for_a_port_alone_so_that_a_lost_leader_replaces_nobody() -> None:
    check = prod().named("gcp:compute:HealthCheck", "gcp-prod-liveness")
    assert check["tcpHealthCheck"] == {"port": 4646}
    assert not {"httpHealthCheck", "httpsHealthCheck"} & set(check)


def test_pools_stand_in_their_zones_evenly() -> None:
    assert prod().named(GROUP, "gcp-prod-api")["distributionPolicyZones"] == SPEC.zones
    odd_even = prod().named(GROUP, "gcp-prod-workers")
    assert odd_even["distributionPolicyZones"] == SPEC.zones[:2]
    assert odd_even["distributionPolicyTargetShape"] == "EVEN"
    assert odd_even["targetSize"] == 6


def test_new_machines_come_before_old_ones_go_as_many_as_google_takes() -> None:
    policy = prod().named(GROUP, "gcp-prod-workers")["updatePolicy"]
    assert (policy["type"], policy["maxSurgeFixed"], policy["maxUnavailableFixed"]) == ("PROACTIVE", 2, 0)
    assert policy["instanceRedistributionType"] == "NONE"


def test_nodes_that_keep_data_keep_their_disks_and_are_not_replaced_by_up() -> None:
    group = prod().named(GROUP, "gcp-prod-core")
    assert group["statefulDisks"] == [{"deviceName": "boot", "deleteRule": "ON_PERMANENT_INSTANCE_DELETION"}]
    assert group["updatePolicy"]["type"] == "OPPORTUNISTIC"
    assert group["updatePolicy"]["replacementMethod"] == "RECREATE"


def test_gpu_machines_have_their_gpus_and_are_never_moved() -> None:
    machine = prod().named(TEMPLATE, "gcp-prod-workers")
    assert machine["guestAccelerators"] == [{"type": "nvidia-tesla-t4", "count": 1}]
    assert machine["scheduling"]["onHostMaintenance"] == "TERMINATE"
    built_in = planned(spec_with(pools__workers__shape="gpu-l4-4x16")).named(TEMPLATE, "gcp-prod-workers")
    assert built_in["machineType"] == "g2-standard-4"
    assert not built_in.get("guestAccelerators")


def test_spot_machines() -> None:
    spot = planned(spec_with(pools__workers__spot=True)).named(TEMPLATE, "gcp-prod-workers")["scheduling"]
    assert spot["provisioningModel"] == "SPOT"
    assert spot["automaticRestart"] is False
    assert "gracefulShutdown" not in spot


def test_machines_on_demand_have_time_to_drain_and_go_when_they_have() -> None:
    scheduling = prod().named(TEMPLATE, "gcp-prod-api")["scheduling"]
    assert scheduling["gracefulShutdown"] == {"enabled": True, "maxDuration": {"seconds": "660"}}
    api = SPEC.pools["api"]
    config = client_config(PLACE, "api", api, load_prices("gcp").shapes[api.shape])
    assert config.report_drained == "systemctl poweroff"


def test_servers_have_nothing_to_drain_and_do_not_wait() -> None:
    assert "gracefulShutdown" not in prod().named(TEMPLATE, "gcp-prod-server")["scheduling"]


CURL = """#!/bin/sh
case "$*" in
  *metadata.google.internal*) echo '{"access_token": "token-1"}' ;;
  *versions/latest:access*) grep -q 'Bearer token-1' && echo '{"payload": {"data": "eyJhIjogMX0="}}' ;;
esac
"""


def _answered(command: str, folder: Path) -> Any:
    curl = folder / "curl"
    curl.write_text(CURL)
    curl.chmod(0o755)
    environment = {"PATH": f"{folder}:/usr/bin:/bin"}
    return subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=True)


def test_a_node_reads_its_bundle_with_its_own_token(tmp_path: Path) -> None:
    command = server_config(PLACE).read_bundle
    assert "projects/ekyc-prod/secrets/gcp-prod-server-bundle/" in command
    assert json.loads(_answered(command, tmp_path).stdout) == {"a": 1}
