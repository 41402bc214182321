"""How a node of the cloud `local` is started as a container, and what is copied into it before."""

from __future__ import annotations

import json
from dataclasses import dataclass

SEED = "/var/lib/cloud/seed/nocloud"
BUNDLE_PATH = "/etc/sre/bundle.json"
READ_BUNDLE = f"cat {BUNDLE_PATH}"
"""`NodeConfig.read_bundle` of this cloud."""

ANY_ENGINE = (
    *("--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp:exec,mode=1777"),  # noqa: S108 - the node's own
    *("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"),
    # What the node's own engine and Nomad start counts under the node's limits, and is seen by it alone.
    *("--cgroupns", "private"),
)
# --privileged would ask for CAP_SYS_RESOURCE, which a machine that is itself a guest may not have to give.
CGROUP_V1 = ("--cap-add", "ALL", "--cap-drop", "SYS_RESOURCE", "--security-opt", "systempaths=unconfined")
CGROUP_V2 = ("--privileged",)


@dataclass(frozen=True)
class Seed:
    """What one node is told beside its image."""

    name: str
    zone: str
    user_data: str
    cluster_cidr: str
    gateway: str
    """The router's address in the node's zone."""


def run_flags(cgroup_version: str) -> tuple[str, ...]:
    """What `docker run` or `docker create` needs for systemd and a nested engine.

    `cgroup_version` is what `docker info --format {{.CgroupVersion}}` prints. Add a volume on
    /var/lib/docker: the nested engine's files cannot lie on the outer one's layers.
    """
    return (*ANY_ENGINE, *(CGROUP_V2 if cgroup_version == "2" else CGROUP_V1))


def seed_files(seed: Seed) -> dict[str, str]:
    """What lies in the node before its first boot, for root's eyes only; its bundle comes beside."""
    meta = {"instance-id": seed.name, "local-hostname": seed.name, "availability-zone": seed.zone}
    return {
        f"{SEED}/meta-data": json.dumps(meta),
        f"{SEED}/user-data": seed.user_data,
        "/etc/sre/route.env": f"CLUSTER_CIDR={seed.cluster_cidr}\nGATEWAY={seed.gateway}\n",
    }
