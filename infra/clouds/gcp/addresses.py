"""Which addresses are whose. Google's subnets span a region's zones, so a zone has none of its own. Pure.

10.30.0.0/16 -> nodes 10.30.0.0/17, proxies of load balancers 10.30.128.0/23,
                managed services by peering 10.30.224.0/19 (`infra.subnets.managed_range`)
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

from infra.subnets import managed_range

PROXIES_PREFIX = 23
"""What Google recommends for the proxies of a region: 512 addresses."""


@dataclass(frozen=True)
class Addresses:
    """The ranges of a cluster, apart from each other."""

    nodes: IPv4Network
    proxies: IPv4Network
    managed: IPv4Network


def plan_addresses(cidr: IPv4Network) -> Addresses:
    """Nodes get the first half, proxies the beginning of the third quarter, services the last eighth."""
    nodes, rest = cidr.subnets(prefixlen_diff=1)
    quarter = next(rest.subnets(prefixlen_diff=1))
    proxies = next(quarter.subnets(new_prefix=max(PROXIES_PREFIX, quarter.prefixlen)))
    return Addresses(nodes, proxies, managed_range(cidr))
