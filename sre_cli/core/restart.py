"""In which order allocations are replaced. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sre_cli.core.deployment import Allocation


def in_turn(
    allocations: Iterable[Allocation], zones: Mapping[str, str], failing: Collection[str] = ()
) -> list[Allocation]:
    """Those that fail their checks first; then zone by zone, the odd ones before the even ones.

    `zones` are the zones of nodes, `failing` ids. Half of the zones stay as they are until the other half has
    proved well.
    """
    order = {zone: index for index, zone in enumerate(sorted(set(zones.values())))}

    def turn(one: Allocation) -> tuple[bool, int, int, str]:
        index = order.get(zones.get(one.node, ""), 0)
        return one.id not in failing, index % 2, index, one.node

    return sorted(allocations, key=turn)
