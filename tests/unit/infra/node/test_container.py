"""What a container gets to be a node."""

from __future__ import annotations

import json

from infra.node.container import Seed, run_flags, seed_files

SEED = Seed("blue-core-1", "blue-a", "#cloud-config\n", "10.77.0.0/16", "10.77.0.2")


def test_the_seed_tells_the_node_who_it_is() -> None:
    files = seed_files(SEED)
    assert json.loads(files["/var/lib/cloud/seed/nocloud/meta-data"]) == {
        "instance-id": "blue-core-1",
        "local-hostname": "blue-core-1",
        "availability-zone": "blue-a",
    }
    assert files["/var/lib/cloud/seed/nocloud/user-data"] == SEED.user_data
    assert files["/etc/sre/route.env"] == "CLUSTER_CIDR=10.77.0.0/16\nGATEWAY=10.77.0.2\n"


def test_a_node_is_privileged_only_where_it_must_be() -> None:
    assert "--privileged" in run_flags("2")
    assert "--privileged" not in run_flags("1")
    assert "private" in run_flags("1")
