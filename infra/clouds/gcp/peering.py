"""Private service access: Google keeps managed engines in a network of its own, peered with ours."""

from __future__ import annotations

from ipaddress import IPv4Network

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.place import Component, Place, after


class Peering(Component):
    """The range that managed engines take their addresses from, and the way to them."""

    def __init__(
        self,
        place: Place,
        network_id: pulumi.Output[str],
        managed: IPv4Network,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("Peering", "managed", place, opts)
        name = place.name("managed")
        reserved = gcp.compute.GlobalAddress(
            name,
            name=name,
            project=place.project,
            network=network_id,
            purpose="VPC_PEERING",
            address_type="INTERNAL",
            address=str(managed.network_address),
            prefix_length=managed.prefixlen,
            labels=place.labels,
            opts=self.child(),
        )
        connection = gcp.servicenetworking.Connection(
            name,
            network=network_id,
            service="servicenetworking.googleapis.com",
            reserved_peering_ranges=[reserved.name],
            # Google frees the peering hours after the last engine is gone; the network's removal ends it.
            deletion_policy="ABANDON",
            opts=self.child(),
        )
        self.network_id = after(network_id, connection.id)
        """By way of the connection: no engine can be made before it."""
        self.range_name: pulumi.Output[str] = reserved.name
        self.register_outputs({})
