"""Operators' way to Nomad and Consul: packets reach the servers as they are, TLS and addresses too."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.firewall import OPERATORS_PORTS
from infra.clouds.gcp.liveness import NOMAD_PORT
from infra.clouds.gcp.network import Network
from infra.clouds.gcp.place import Component, Place


class OperatorsEntrance(Component):
    """A regional load balancer that passes packets through; the firewall lets `network.operators` alone by.

    Operators of private addresses come by a VPN or a peering: then nothing of theirs faces the internet.
    """

    def __init__(
        self,
        place: Place,
        network: Network,
        groups: Sequence[pulumi.Output[str]],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("OperatorsEntrance", "operators", place, opts)
        self._scheme = "EXTERNAL" if faces_internet(place) else "INTERNAL"
        name = place.name("operators")
        self._common = {"name": name, "project": place.project, "region": place.region}
        inside = {"subnetwork": network.nodes_subnet}
        address = gcp.compute.Address(
            name,
            **self._common,
            address_type=self._scheme,
            **({} if self._scheme == "EXTERNAL" else {**inside, "purpose": "GCE_ENDPOINT"}),
            labels=place.labels,
            opts=self.child(),
        )
        self.address: pulumi.Output[str] = address.address
        gcp.compute.ForwardingRule(
            name,
            **self._common,
            load_balancing_scheme=self._scheme,
            backend_service=self._backend(groups),
            ip_address=address.id,
            ip_protocol="TCP",
            ports=list(OPERATORS_PORTS),
            **({} if self._scheme == "EXTERNAL" else {**inside, "network": network.id}),
            labels=place.labels,
            opts=self.child(),
        )
        self.register_outputs({"address": self.address})

    def _backend(self, groups: Sequence[pulumi.Output[str]]) -> pulumi.Output[str]:
        name = self.place.name("operators")
        check = gcp.compute.RegionHealthCheck(
            name,
            **self._common,
            check_interval_sec=10,
            timeout_sec=5,
            tcp_health_check={"port": NOMAD_PORT},
            log_config={"enable": True},
            opts=self.child(),
        )
        backend = gcp.compute.RegionBackendService(
            name,
            **self._common,
            load_balancing_scheme=self._scheme,
            protocol="TCP",
            health_checks=check.id,
            backends=[{"group": group, "balancing_mode": "CONNECTION"} for group in groups],
            log_config={"enable": True, "sample_rate": 1.0},
            opts=self.child(),
        )
        backend_id: pulumi.Output[str] = backend.id
        return backend_id


def faces_internet(place: Place) -> bool:
    """Whether some operator comes by the internet."""
    return any(network.is_global for network in place.spec.network.operators)
