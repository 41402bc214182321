"""The servers of Nomad and Consul: one auto-scaling group each."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.machine import Machine, launch_template
from infra.clouds.aws.network import Network
from infra.clouds.aws.node_config import JOIN_TAG, join_value
from infra.clouds.aws.place import Component, Place

BOOT_S = 600
"""How long a new machine may take before its health counts."""


class Servers(Component):
    """A group of exactly one for every server, bound to a zone.

    One group over three zones would put two servers into one zone while another zone is away, and on its
    return end a healthy one to even them out. It could also replace several at once, and so the majority.
    """

    def __init__(
        self,
        place: Place,
        network: Network,
        machine: Machine,
        target_group_arns: list[pulumi.Output[str]],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("Servers", "servers", place, opts)
        self._target_group_arns = target_group_arns
        # No instance refresh: it would run in every group at once. What is new in the template comes with the
        # next machine; to have it sooner, end the machines one at a time.
        self._template = launch_template("server", self, machine, **{JOIN_TAG: join_value(place)})
        zones = list(network.zones)
        for index in range(place.spec.servers.count):
            zone = zones[index % len(zones)]
            self._group(index, network.zones[zone].private_subnet)
        self.register_outputs({})

    def _group(self, index: int, subnet_id: pulumi.Output[str]) -> None:
        what = f"server-{index}"
        aws.autoscaling.Group(
            self.place.name(what),
            name=self.place.name(what),
            min_size=1,
            max_size=1,
            vpc_zone_identifiers=[subnet_id],
            launch_template={"id": self._template.id, "version": self._template.latest_version.apply(str)},
            # Not the load balancer's view: without a leader every server fails it, and all would be ended.
            health_check_type="EC2",
            health_check_grace_period=BOOT_S,
            target_group_arns=self._target_group_arns,
            # `sre infra up` waits for the cluster itself, and says what is missing.
            wait_for_capacity_timeout="0",
            tags=[
                {"key": key, "value": value, "propagate_at_launch": True}
                for key, value in self.place.tags(what, **{JOIN_TAG: join_value(self.place)}).items()
            ],
            opts=self.child(delete_before_replace=True),
        )
