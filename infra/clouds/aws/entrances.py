"""The two ways in: callers' to the API, operators' to Nomad and Consul."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.firewall import Firewall
from infra.clouds.aws.https_entrance import INGRESS_PORT, HttpsEntrance
from infra.clouds.aws.names import Certificate, alias
from infra.clouds.aws.network import Network
from infra.clouds.aws.pass_through import PassThrough
from infra.clouds.aws.place import Component, Place, Site


class Entrances(Component):
    """Load balancers and their names.

    Without a hosted zone there is no certificate of AWS's: TLS then passes through to the ingress, and the
    records are for people to make, to the load balancers' own names.
    """

    def __init__(
        self,
        place: Place,
        network: Network,
        firewall: Firewall,
        zone_id: str | None,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("Entrances", "entrances", place, opts)
        self._network, self._firewall, self._zone_id = network, firewall, zone_id
        self.edge_target_group = self._api() if zone_id is None else self._https(zone_id)
        self.server_target_groups = self._operators()
        self.register_outputs({})

    def _https(self, zone_id: str) -> pulumi.Output[str]:
        certificate = Certificate(self.place, zone_id, self.child())
        entrance = HttpsEntrance(self.place, certificate.arn, self._site("api"), self.child())
        alias("api", self, zone_id, self.place.spec.dns.domain, (entrance.dns_name, entrance.zone_id))
        return entrance.target_group_arn

    def _api(self) -> pulumi.Output[str]:
        ports = {"ingress": (443, INGRESS_PORT)}
        entrance = PassThrough(
            "api", self.place, ports, self._site("api"), is_internal=False, opts=self.child()
        )
        return entrance.target_groups["ingress"]

    def _operators(self) -> list[pulumi.Output[str]]:
        # Operators of private addresses come by a VPN or a peering: nothing of theirs faces the internet.
        is_internal = not any(network.is_global for network in self.place.spec.network.operators)
        ports = {"nomad": (4646, 4646), "consul": (8501, 8501)}
        site = self._site("operators", is_internal=is_internal)
        entrance = PassThrough(
            "operators", self.place, ports, site, is_internal=is_internal, opts=self.child()
        )
        if self._zone_id:
            for name in ports:
                domain, target = operator_domain(self.place, name), (entrance.dns_name, entrance.zone_id)
                alias(name, self, self._zone_id, domain, target)
        return list(entrance.target_groups.values())

    def _site(self, group: str, *, is_internal: bool = False) -> Site:
        subnets = self._network.private_subnets if is_internal else self._network.public_subnets
        return Site(self._network.vpc_id, subnets, self._firewall.groups[group])


def operator_domain(place: Place, engine: str) -> str:
    """Where operators find Nomad or Consul; the servers' certificates hold these names."""
    return f"{engine}.{place.spec.dns.domain}"


def find_zone(place: Place, provider: aws.Provider) -> str | None:
    """The hosted zone's id, if the spec names one."""
    if place.spec.dns.hosted_zone is None:
        return None
    options = pulumi.InvokeOptions(provider=provider)
    found: str = aws.route53.get_zone(name=place.spec.dns.hosted_zone, opts=options).zone_id
    return found
