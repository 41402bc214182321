"""The network: one VPC, one subnet for the nodes of every zone, one way out."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.addresses import Addresses
from infra.clouds.gcp.place import Component, Place, after

FLOW_SAMPLES = 0.5
"""Share of the flows that are logged: enough to see who talks to whom, at half the price."""
PORTS_PER_VM = 256
MAX_PORTS_PER_VM = 8192
"""A node that pulls images and talks to object stores gets more of the gateway's ports as it needs them."""


class Network(Component):
    """Nodes have private addresses alone: they reach Google's APIs within its network, the rest by NAT."""

    def __init__(self, place: Place, addresses: Addresses, opts: pulumi.ResourceOptions | None = None):
        super().__init__("Network", "network", place, opts)
        self._addresses = addresses
        network = gcp.compute.Network(
            place.name("network"),
            name=place.name("network"),
            project=place.project,
            auto_create_subnetworks=False,
            routing_mode="REGIONAL",
            opts=self.child(),
        )
        self.id: pulumi.Output[str] = network.id
        nodes = self._nodes()
        nat = self._way_out(nodes.id)
        # By way of NAT: a node that boots before it could install nothing.
        self.nodes_subnet = after(nodes.id, nat.id)
        self.register_outputs({"id": self.id})

    def proxies(self) -> pulumi.Output[str]:
        """Make the subnet that the region's load balancers speak from; the network, ready for one."""
        subnet = gcp.compute.Subnetwork(
            self.place.name("proxies"),
            name=self.place.name("proxies"),
            project=self.place.project,
            region=self.place.region,
            network=self.id,
            ip_cidr_range=str(self._addresses.proxies),
            purpose="REGIONAL_MANAGED_PROXY",
            role="ACTIVE",
            opts=self.child(),
        )
        return after(self.id, subnet.id)

    def _nodes(self) -> gcp.compute.Subnetwork:
        return gcp.compute.Subnetwork(
            self.place.name("nodes"),
            name=self.place.name("nodes"),
            project=self.place.project,
            region=self.place.region,
            network=self.id,
            ip_cidr_range=str(self._addresses.nodes),
            private_ip_google_access=True,
            stack_type="IPV4_ONLY",
            log_config={
                "aggregation_interval": "INTERVAL_1_MIN",
                "flow_sampling": FLOW_SAMPLES,
                "metadata": "INCLUDE_ALL_METADATA",
            },
            opts=self.child(),
        )

    def _way_out(self, subnet: pulumi.Output[str]) -> gcp.compute.RouterNat:
        name, place = self.place.name("nat"), self.place
        router = gcp.compute.Router(
            name, name=name, project=place.project, region=place.region, network=self.id, opts=self.child()
        )
        return gcp.compute.RouterNat(
            name,
            name=name,
            project=place.project,
            region=place.region,
            router=router.name,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetworks=[{"name": subnet, "source_ip_ranges_to_nats": ["ALL_IP_RANGES"]}],
            enable_endpoint_independent_mapping=False,
            enable_dynamic_port_allocation=True,
            min_ports_per_vm=PORTS_PER_VM,
            max_ports_per_vm=MAX_PORTS_PER_VM,
            log_config={"enable": True, "filter": "ERRORS_ONLY"},
            opts=self.child(),
        )
