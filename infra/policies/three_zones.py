"""Servers stand in at least three zones, so that a zone may fail without the majority."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from infra.policy import UNKNOWN, Finding, Resource, of_kind

PLACES = {
    "aws:autoscaling:Group": "vpcZoneIdentifiers",
    "aws:ec2:Instance": "availabilityZone",
    "gcp:compute:RegionInstanceGroupManager": "distributionPolicyZones",
    "gcp:compute:InstanceGroupManager": "zone",
    "gcp:compute:Instance": "zone",
}
"""Where each kind says its zones. A subnet stands for its zone: every zone has one of the nodes' subnets."""

ENOUGH = 3


def findings(plan: Sequence[Resource]) -> Iterator[Finding]:
    """The group of servers that stands in too few zones, all groups with `server` in their name together."""
    groups = [group for group in of_kind(plan, *PLACES) if "server" in group.name]
    if not groups:
        yield from _without_servers(plan)
        return
    places = [place for group in groups for place in _listed(group.properties.get(PLACES[group.kind]))]
    known = {place for place in places if place != UNKNOWN}
    # What is unknown yet are ids of resources to be made, one each.
    found = len(known) + places.count(UNKNOWN)
    if found < ENOUGH:
        yield groups[0], f"servers stand in {found} zone(s), {ENOUGH} are needed"


def _without_servers(plan: Sequence[Resource]) -> Iterator[Finding]:
    # Nothing was judged: servers of another kind or name would pass in any number of zones.
    of_clouds = [one for one in plan if one.type.startswith(("aws:", "gcp:"))]
    for first in [*of_kind(plan, *PLACES), *of_clouds][:1]:
        yield first, "the plan has no servers: `server` is in the name of no group of machines"


def _listed(value: Any) -> list[Any]:
    if value == UNKNOWN:
        return [UNKNOWN] * ENOUGH
    return value if isinstance(value, list) else [value] if value else []
