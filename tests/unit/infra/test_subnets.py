"""The address plan: whatever the range and the zones, nobody's addresses are another's."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from infra.subnets import managed_range, plan_subnets

CIDRS = st.builds(
    lambda prefix, n: IPv4Network(((10 << 24) | (n << (32 - prefix)) & 0xFFFFFF, prefix)),
    st.integers(8, 20),
    st.integers(0, 4095),
)
ZONES = st.integers(3, 6).map(lambda count: [f"zone-{letter}" for letter in "abcdef"[:count]])


def all_subnets(cidr: IPv4Network, zones: list[str]) -> list[IPv4Network]:
    plan = plan_subnets(cidr, zones).values()
    return [subnet for zone in plan for subnet in (zone.private, zone.public, zone.data)]


def test_a_range_that_can_be_read_by_eye() -> None:
    plan = plan_subnets(IPv4Network("10.20.0.0/16"), ["a", "b", "c"])
    assert {zone: (str(s.private), str(s.public), str(s.data)) for zone, s in plan.items()} == {
        "a": ("10.20.0.0/20", "10.20.16.0/21", "10.20.24.0/21"),
        "b": ("10.20.32.0/20", "10.20.48.0/21", "10.20.56.0/21"),
        "c": ("10.20.64.0/20", "10.20.80.0/21", "10.20.88.0/21"),
    }
    assert str(managed_range(IPv4Network("10.20.0.0/16"))) == "10.20.224.0/19"


@given(CIDRS, ZONES)
def test_no_two_ranges_overlap_and_all_lie_inside(cidr: IPv4Network, zones: list[str]) -> None:
    ranges = [*all_subnets(cidr, zones), managed_range(cidr)]
    assert not [pair for pair in combinations(ranges, 2) if pair[0].overlaps(pair[1])]
    assert all(subnet.subnet_of(cidr) for subnet in ranges)


@given(CIDRS, ZONES)
def test_no_gap_inside_a_zone(cidr: IPv4Network, zones: list[str]) -> None:
    for number, zone in enumerate(plan_subnets(cidr, zones).values()):
        begin = int(cidr.network_address) + number * cidr.num_addresses // 8
        sizes = [s.num_addresses for s in (zone.private, zone.public, zone.data)]
        assert sum(sizes) * 8 == cidr.num_addresses
        assert int(zone.private.network_address) == begin
        assert int(zone.public.network_address) == begin + sizes[0]
        assert int(zone.data.network_address) == begin + sizes[0] + sizes[1]


@given(CIDRS, ZONES)
def test_every_zone_gets_the_same(cidr: IPv4Network, zones: list[str]) -> None:
    plan = plan_subnets(cidr, zones)
    assert list(plan) == zones
    assert len({(s.private.prefixlen, s.public.prefixlen, s.data.prefixlen) for s in plan.values()}) == 1


@given(CIDRS, st.permutations(["a", "b", "c", "d", "e", "f"]), st.integers(3, 5))
def test_appending_a_zone_moves_nobody(cidr: IPv4Network, zones: list[str], had: int) -> None:
    before, after = plan_subnets(cidr, zones[:had]), plan_subnets(cidr, zones)
    assert {zone: after[zone] for zone in before} == before
