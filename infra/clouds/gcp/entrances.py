"""The two ways in: callers' to the API, operators' to Nomad and Consul."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from infra.clouds.gcp.https_entrance import HttpsEntrance
from infra.clouds.gcp.names import ManagedCertificate, operator_domain, record
from infra.clouds.gcp.network import Network
from infra.clouds.gcp.operators_entrance import OperatorsEntrance
from infra.clouds.gcp.pass_through import PassThrough
from infra.clouds.gcp.place import Component, Place


class Entrances(Component):
    """Load balancers and their names.

    Without a hosted zone there is no certificate of Google's: TLS then passes through to the ingress, and the
    records are for people to make, to the addresses of the load balancers.
    """

    def __init__(
        self, place: Place, network: Network, zone: str | None, opts: pulumi.ResourceOptions | None = None
    ):
        super().__init__("Entrances", "entrances", place, opts)
        self._network, self._zone = network, zone
        self._balanced = network.proxies() if zone else network.id

    def api(self, groups: Sequence[pulumi.Output[str]]) -> None:
        """Callers' way to the ingress on the nodes of `groups`."""
        if self._zone is None:
            PassThrough(self.place, groups, self.child())
            return
        certificate = ManagedCertificate(self.place, self._zone, self.child())
        entrance = HttpsEntrance(self.place, self._balanced, certificate.id, groups, self.child())
        record(self, "api", self._zone, self.place.spec.dns.domain, entrance.address)

    def operators(self, groups: Sequence[pulumi.Output[str]]) -> None:
        """Operators' way to the servers of `groups`."""
        entrance = OperatorsEntrance(self.place, self._network, groups, self.child())
        if self._zone:
            for engine in ("nomad", "consul"):
                record(self, engine, self._zone, operator_domain(self.place, engine), entrance.address)
