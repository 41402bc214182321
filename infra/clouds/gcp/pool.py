"""A pool of client nodes: one managed group over the pool's zones."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.firewall import INGRESS_PORT
from infra.clouds.gcp.machine import BOOT_DEVICE, Machine, template
from infra.clouds.gcp.place import Component, Place
from sre_cli.specs.cluster import Pool

BOOT_S = 900
"""A driver of GPUs takes its time."""
KEEPS_STATE = "data"
"""The role of nodes whose disks hold what jobs keep."""


class NodePool(Component):
    """Machines spread evenly over the zones.

    Its size belongs to the autoscaler: `up` makes the pool with its first size and leaves that alone.
    A machine that is replaced or taken away shuts down, and Nomad drains it while it does.
    """

    def __init__(
        self,
        name: str,
        place: Place,
        pool: Pool,
        machine: Machine,
        check_id: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("NodePool", name, place, opts)
        zones = place.spec.zones_of(pool)
        keeps_state = KEEPS_STATE in pool.roles
        group = gcp.compute.RegionInstanceGroupManager(
            place.name(name),
            name=place.name(name),
            project=place.project,
            region=place.region,
            base_instance_name=place.name(name),
            distribution_policy_zones=zones,
            distribution_policy_target_shape="EVEN",
            versions=[{"instance_template": template(self, name, machine)}],
            target_size=pool.start,
            named_ports=[{"name": INGRESS, "port": INGRESS_PORT}] if "edge" in pool.roles else None,
            auto_healing_policies={"health_check": check_id, "initial_delay_sec": BOOT_S},
            update_policy=in_place(len(zones)) if keeps_state else rolling(len(zones)),
            stateful_disks=[KEPT_DISK] if keeps_state else None,
            opts=self.child(ignore_changes=["targetSize"]),
        )
        self.id: pulumi.Output[str] = group.id
        self.instance_group: pulumi.Output[str] = group.instance_group
        self.size: pulumi.Output[int] = group.target_size
        self.register_outputs({"id": self.id})


INGRESS = "ingress"
"""The port's name, by which load balancers find it."""
KEPT_DISK = {"device_name": BOOT_DEVICE, "delete_rule": "ON_PERMANENT_INSTANCE_DELETION"}
"""A machine that is mended comes back with its disk; the disk goes with the machine's place in the group."""


def rolling(zones: int) -> dict[str, Any]:
    """A new template replaces every machine: new ones first, a zone's worth at a time."""
    return {
        "type": "PROACTIVE",
        "minimal_action": "REPLACE",
        "replacement_method": "SUBSTITUTE",
        # The least that Google takes of a group over several zones.
        "max_surge_fixed": zones,
        "max_unavailable_fixed": 0,
        # Moving machines between zones for the balance alone would end jobs for nothing.
        "instance_redistribution_type": "NONE",
    }


def in_place(zones: int) -> dict[str, Any]:
    """Nodes that hold a quorum's data are replaced one at a time by `sre infra upgrade`, never by `up`."""
    return {
        "type": "OPPORTUNISTIC",
        "minimal_action": "REPLACE",
        "replacement_method": "RECREATE",
        "max_surge_fixed": 0,
        "max_unavailable_fixed": zones,
        "instance_redistribution_type": "NONE",
    }
