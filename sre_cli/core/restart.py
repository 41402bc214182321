"""In which order allocations are replaced. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sre_cli.core.deployment import Allocation


def in_turn(allocations: Iterable[Allocation], zones: Mapping[str, str]) -> list[Allocation]:
    """Zone by zone, the first, third ... before the second, fourth ...; what is unhealthy first within each.

    `zones` are the zones of nodes. Half of the zones stay as they are until the other half has proved well.
    """
    order = {zone: index for index, zone in enumerate(sorted(set(zones.values())))}

    def turn(one: Allocation) -> tuple[int, int, bool, str]:
        index = order.get(zones.get(one.node, ""), 0)
        return index % 2, index, one.healthy is not False, one.node

    return sorted(allocations, key=turn)
