"""CIDR and zone arithmetic: which addresses every zone gets. Pure.

A cluster's range is cut into eighths whatever the number of zones, the first to the first zone and so
on: appending a zone moves nobody's addresses. Within a zone one half is private (nodes), a quarter
public (load balancers, NAT) and a quarter for managed databases and caches.

    10.20.0.0/16 -> zone 0: private 10.20.0.0/20, public 10.20.16.0/21, data 10.20.24.0/21
                    zone 1: private 10.20.32.0/20 ...
                    managed services by peering: 10.20.224.0/19
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

EIGHTHS = 3
"""Bits that tell the zones' blocks apart: room for every zone a spec may have, and two more."""


@dataclass(frozen=True)
class ZoneSubnets:
    """The addresses of one zone."""

    private: IPv4Network
    """Nodes; no address here is reached from the internet."""
    public: IPv4Network
    """What faces the internet: load balancers, NAT gateways."""
    data: IPv4Network
    """Managed databases and caches."""


def plan_subnets(cidr: IPv4Network, zones: Sequence[str]) -> dict[str, ZoneSubnets]:
    """The subnets of every zone, in the order of `zones`."""
    blocks = cidr.subnets(prefixlen_diff=EIGHTHS)
    return {zone: _cut(block) for zone, block in zip(zones, blocks, strict=False)}


def managed_range(cidr: IPv4Network) -> IPv4Network:
    """The last eighth, never a zone's: for managed services that the cloud keeps in a network of its own."""
    return list(cidr.subnets(prefixlen_diff=EIGHTHS))[-1]


def _cut(block: IPv4Network) -> ZoneSubnets:
    private, rest = block.subnets(prefixlen_diff=1)
    public, data = rest.subnets(prefixlen_diff=1)
    return ZoneSubnets(private, public, data)
