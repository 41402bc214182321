"""Names and addresses of a cluster's parts on this machine. Pure.

Nobody's address depends on how many nodes there are: every pool has a block of each zone's addresses, by
its place in the spec, so that a pool resized or appended moves no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network

from infra.subnets import managed_range, plan_subnets
from sre_cli.errors import UsageError
from sre_cli.specs.cluster import ClusterSpec

ROUTER = 2
"""In every zone: the gateway's address, which nodes route through."""
GATEWAY, REGISTRY = 2, 4
"""At the edge."""
REGISTRY_NAME = "registry"
SERVERS, POOLS, BLOCK = 10, 32, 32
PUBLISHED = {
    "nomad": 4646,
    "consul": 8501,
    "api": 8443,
    "prometheus": 9090,
    "alertmanager": 9093,
    "registry": 5000,
}
"""What the gateway answers on this machine's loopback, before `port_offset` is added."""


@dataclass(frozen=True)
class Place:
    """Where one node stands."""

    name: str
    zone: str
    network: str
    address: str
    router: str


@dataclass(frozen=True)
class Plan:
    """The layout of `spec`."""

    spec: ClusterSpec

    @property
    def edge(self) -> str:
        """The network of the gateway's published ports and of the registry."""
        return f"{self.spec.env}-edge"

    @property
    def edge_subnet(self) -> IPv4Network:
        """Its addresses."""
        return managed_range(self.spec.network.cidr)

    @property
    def registry_host(self) -> str:
        """The registry's name, on nodes and in its certificate."""
        return f"{REGISTRY_NAME}.{self.spec.dns.domain}"

    @property
    def registry_address(self) -> str:
        """Where the gateway finds it."""
        return str(self.edge_subnet[REGISTRY])

    @cached_property
    def subnets(self) -> dict[str, IPv4Network]:
        """Every zone's addresses."""
        planned = plan_subnets(self.spec.network.cidr, self.spec.zones)
        return {zone: subnets.private for zone, subnets in planned.items()}

    def network(self, zone: str) -> str:
        """The Docker network that is `zone`."""
        return zone_network(self.spec.env, zone)

    def address(self, zone: str, host: int) -> str:
        """The `host`-th address of `zone`."""
        return str(self.subnets[zone][host])

    def published(self, door: str) -> int:
        """The port of this machine's loopback that leads to `door`."""
        return PUBLISHED[door] + self.spec.port_offset

    def servers(self) -> list[Place]:
        """Every server."""
        zones = self.spec.zones
        return [self._place("server", zones, index, SERVERS) for index in range(self.spec.servers.count)]

    def nodes(self, pool: str) -> list[Place]:
        """Every node that `pool` may grow to.

        Raises UsageError: when the zones have no room for them.
        """
        zones = self.spec.zones_of(self.spec.pools[pool])
        first = POOLS + BLOCK * list(self.spec.pools).index(pool)
        size = self.spec.pools[pool].max
        room = min(subnet.num_addresses for subnet in self.subnets.values()) - 1
        if -(-size // len(zones)) > BLOCK or first + BLOCK > room:
            raise UsageError(
                f"pools.{pool}: {size} nodes have no room in network.cidr {self.spec.network.cidr}: "
                f"{BLOCK} a zone and pool, {(room - POOLS) // BLOCK} pools",
                hint=f"a larger network.cidr or a smaller pools.{pool}.max in {self.spec.env}.yaml",
            )
        return [self._place(pool, zones, index, first) for index in range(size)]

    def _place(self, group: str, zones: list[str], index: int, first: int) -> Place:
        zone = zones[index % len(zones)]
        return Place(
            name=f"{self.spec.env}-{group}-{index}",
            zone=zone,
            network=self.network(zone),
            address=self.address(zone, first + index // len(zones)),
            router=self.address(zone, ROUTER),
        )


def zone_network(env: str, zone: str) -> str:
    """The Docker network that is `zone` of `env`."""
    # After `<env>-edge` in the alphabet: Docker publishes ports, and routes by default, through the first.
    return f"{env}-zone-{zone}"


def gateway_name(env: str) -> str:
    """The container that is the router and the load balancer of `env`."""
    return f"{env}-gateway"
