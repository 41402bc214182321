from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.clouds.local.plan import Place, Plan
from sre_cli.errors import UsageError
from sre_cli.specs.cluster import ClusterSpec
from tests.unit.infra.clouds.local.specs import SPEC, pools


def places(spec: ClusterSpec) -> list[Place]:
    plan = Plan(spec)
    return [*plan.servers(), *(place for pool in spec.pools for place in plan.nodes(pool))]


def resized(spec: ClusterSpec, pool: str, **change: object) -> ClusterSpec:
    return spec.model_copy(update={"pools": {**spec.pools, pool: spec.pools[pool].model_copy(update=change)}})


def test_machines_take_their_zones_in_turn() -> None:
    found = {place.name: place.zone for place in places(SPEC)}
    assert [found[f"local-server-{i}"] for i in range(3)] == SPEC.zones
    assert [found[f"local-workers-{i}"] for i in range(4)] == ["local-a", "local-b", "local-a", "local-b"]


@given(
    prefix=st.integers(16, 20),
    zones=st.integers(3, 6),
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=3),
)
def test_every_machine_has_an_address_of_its_own_within_its_zone(
    prefix: int, zones: int, sizes: list[int]
) -> None:
    more = pools(**{f"p{i}": {"min": 0, "max": size} for i, size in enumerate(sizes)})
    network = SPEC.network.model_copy(update={"cidr": IPv4Network(f"10.64.0.0/{prefix}")})
    spec = more.model_copy(update={"network": network, "zones": [f"z{i}" for i in range(zones)]})
    plan, found = Plan(spec), places(spec)
    taken = [place.address for place in found] + [plan.address(zone, 2) for zone in spec.zones]
    assert len(set(taken)) == len(taken)
    assert all(IPv4Address(place.address) in plan.subnets[place.zone] for place in found)
    assert all(IPv4Address(place.router) in plan.subnets[place.zone] for place in found)
    assert not any(plan.edge_subnet.overlaps(subnet) for subnet in plan.subnets.values())


def test_a_pool_that_grows_or_comes_after_moves_nobody() -> None:
    before = places(SPEC)
    after = places(resized(pools(extra={"min": 1, "max": 3}), "workers", max=20))
    assert set(before) <= set(after)


def test_more_nodes_than_a_zone_has_room_for_are_refused() -> None:
    with pytest.raises(
        UsageError, match=r"pools.workers: 65 nodes have no room in network.cidr 10.77.0.0/16"
    ):
        places(resized(SPEC, "workers", max=65))
    cramped = SPEC.network.model_copy(update={"cidr": IPv4Network("10.64.0.0/20")})
    many = pools(**{f"p{i}": {"min": 0, "max": 1} for i in range(6)})
    with pytest.raises(UsageError, match="6 pools"):
        places(many.model_copy(update={"network": cramped}))


def test_docker_publishes_through_the_network_that_is_first_in_the_alphabet() -> None:
    plan = Plan(SPEC)
    assert all(plan.edge < plan.network(zone) for zone in ("a", "edge", "local-a"))
