"""The cluster on this machine: zones are networks, machines are containers that boot as a cloud's would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from infra.clouds.local import machines, remains
from infra.clouds.local.docker import docker
from infra.clouds.local.gateway import CHECK, CONFIG, RELOAD, gateway_config
from infra.clouds.local.plan import PUBLISHED, Place, Plan
from infra.clouds.local.preflight import check_room
from infra.clouds.local.providers import SERVERS
from infra.clouds.local.resources import Live, Machine, Zone
from infra.clouds.local.sizes import ask_size, pool_sizes
from infra.identity import Identity
from infra.images.built import built_image
from infra.node.container import BUNDLE_PATH
from infra.node.image import node_image
from infra.toolchain.docker_engine import ensure_engine
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.shapes import PriceTable


class LocalCloud:
    """Zones, gateway, registry and nodes as containers of this machine's Docker engine."""

    def prepare(self, spec: ClusterSpec) -> None:
        """A Docker engine."""
        ensure_engine()

    def make_room(self, spec: ClusterSpec) -> None:
        """The images that machines are made of, free addresses and ports."""
        node_image()
        built_image("edge")
        check_room(spec)

    def build(self, spec: ClusterSpec, prices: PriceTable, identity: Identity) -> Mapping[str, Any]:
        """The cluster's containers, and where this machine reaches them."""
        cluster = Cluster(spec, prices, identity)
        sizes = pool_sizes(spec)
        cluster.declare(sizes)
        return _outputs(Plan(spec), sizes)

    def resize(self, spec: ClusterSpec, pool: str, size: int) -> None:
        """Keep the pool's size for the next `up`, which adds nodes, or drains and removes them."""
        ask_size(spec, pool, size)

    def remains(self, spec: ClusterSpec) -> list[str]:
        """The containers that carry the environment's label."""
        return remains.containers(spec.env)

    def sweep(self, spec: ClusterSpec) -> None:
        """Everything that carries the environment's label goes at once."""
        remains.sweep(spec.env)


class Cluster:
    """The resources of one cluster."""

    def __init__(self, spec: ClusterSpec, prices: PriceTable, identity: Identity):
        self._plan = Plan(spec)
        self._spec = spec
        self._shapes = prices.shapes
        self._identity = identity
        self._images = machines.Images(node_image(), built_image("edge"))
        self._cgroup = docker("info", "--format", "{{.CgroupVersion}}").strip()
        self._root = pulumi.ComponentResource("sre:local:Cluster", spec.env)

    def declare(self, sizes: Mapping[str, int]) -> None:
        """Networks, then what stands in them; nobody waits for a server to be well."""
        networks = self._networks()
        edge = self._opts(networks)
        self._registry(edge)
        self._gateway(edge)
        servers = [
            self._node(place, None, self._identity.server_bundle, networks) for place in self._plan.servers()
        ]
        for pool, size in sizes.items():
            for place in self._plan.nodes(pool)[:size]:
                # Removed before the servers, whom they tell that they leave.
                self._node(place, pool, self._identity.client_bundle, [*networks, *servers])
        self._root.register_outputs({})

    def _networks(self) -> list[pulumi.Resource]:
        plan, env = self._plan, self._spec.env
        opts = self._opts([])
        zones = [
            Zone(plan.network(zone), env, str(subnet), is_routed=True, opts=opts)
            for zone, subnet in plan.subnets.items()
        ]
        return [Zone(plan.edge, env, str(plan.edge_subnet), is_routed=False, opts=opts), *zones]

    def _gateway(self, opts: pulumi.ResourceOptions) -> None:
        live = Live({CONFIG: gateway_config(self._plan)}, CHECK, RELOAD)
        Machine(machines.gateway(self._plan, self._images), "gateway", live, opts=opts)

    def _registry(self, opts: pulumi.ResourceOptions) -> None:
        shown = self._identity.certificates["registry"]
        live = Live({"/etc/registry/cert.pem": shown.cert_pem, "/etc/registry/key.pem": shown.key_pem})
        Machine(machines.registry(self._plan, self._images), "registry", live, opts=opts)

    def _node(
        self, place: Place, pool: str | None, bundle: pulumi.Output[str], after: list[pulumi.Resource]
    ) -> Machine:
        spec = self._spec
        shape = self._shapes[spec.pools[pool].shape if pool else spec.servers.shape]
        config = machines.node_config(self._plan, pool, shape)
        wanted = machines.node(self._plan, place, config, shape, self._images, self._cgroup)
        patience_s = machines.CLIENT_PATIENCE_S if pool else machines.SERVER_PATIENCE_S
        units = machines.CLIENT_UNITS if pool else machines.SERVER_UNITS
        live = Live({BUNDLE_PATH: bundle}, reload=machines.RENEW)
        return Machine(wanted, pool or SERVERS, live, units, patience_s, self._opts(after))

    def _opts(self, after: list[pulumi.Resource]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self._root, depends_on=after)


def _outputs(plan: Plan, sizes: Mapping[str, int]) -> dict[str, Any]:
    """As `StackOutputs` names them."""

    def door(name: str, scheme: str = "https") -> str:
        return f"{scheme}://127.0.0.1:{plan.published(name)}"

    return {
        "nomad_url": door("nomad"),
        "consul_url": door("consul"),
        "api_url": door("api"),
        "prometheus_url": door("prometheus", "http"),
        "registry": f"{plan.registry_host}:{PUBLISHED['registry']}",
        "registry_push": f"127.0.0.1:{plan.published('registry')}",
        "pools": {
            name: {"id": name, "min": pool.min, "max": pool.max, "size": sizes[name]}
            for name, pool in plan.spec.pools.items()
        },
    }
