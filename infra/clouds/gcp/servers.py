"""The servers of Nomad and Consul: in every zone a group of its own."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.machine import Machine, template
from infra.clouds.gcp.place import Component, Place

BOOT_S = 600
"""How long a new server may take before it is checked."""


class Servers(Component):
    """A group a zone, each with its share of the servers: a machine that is lost is made anew in its zone.

    Not one group for the region: such a one replaces as many machines at once as it has zones, which is the
    quorum. And a new template replaces no server by itself (OPPORTUNISTIC): `sre infra upgrade` does, one at
    a time, each when the others have taken the last one in.
    """

    def __init__(
        self,
        place: Place,
        machine: Machine,
        check_id: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("Servers", "servers", place, opts)
        self._check_id = check_id
        self._template = template(self, "server", machine)
        self.groups: list[pulumi.Output[str]] = [
            self._group(zone, count).instance_group for zone, count in share(place).items() if count
        ]
        self.register_outputs({})

    def _group(self, zone: str, count: int) -> gcp.compute.InstanceGroupManager:
        name = self.place.name(f"server-{zone}")
        return gcp.compute.InstanceGroupManager(
            name,
            name=name,
            project=self.place.project,
            zone=zone,
            base_instance_name=self.place.name("server"),
            versions=[{"instance_template": self._template}],
            target_size=count,
            auto_healing_policies={"health_check": self._check_id, "initial_delay_sec": BOOT_S},
            update_policy={
                "type": "OPPORTUNISTIC",
                "minimal_action": "REPLACE",
                "replacement_method": "SUBSTITUTE",
                "max_surge_fixed": 1,
                "max_unavailable_fixed": 0,
            },
            opts=self.child(),
        )


def share(place: Place) -> dict[str, int]:
    """How many servers each zone gets, the first ones first."""
    zones, count = place.spec.zones, place.spec.servers.count
    return {zone: count // len(zones) + (index < count % len(zones)) for index, zone in enumerate(zones)}
