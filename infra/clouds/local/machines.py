"""The containers of a cluster: gateway, registry and nodes, as they should be."""

from __future__ import annotations

from dataclasses import dataclass

from infra.clouds.local.container import Container
from infra.clouds.local.docker import flags
from infra.clouds.local.gateway import CONFIG
from infra.clouds.local.plan import GATEWAY, PUBLISHED, ROUTER, Place, Plan, gateway_name
from infra.node.config import NodeConfig, pool_config
from infra.node.container import READ_BUNDLE, Seed, run_flags, seed_files
from infra.node.user_data import user_data
from sre_cli.specs.shapes import Shape

SERVER_PATIENCE_S, CLIENT_PATIENCE_S = 20, 90
"""How long a node may take to end: a client drains first."""
DATA = {"docker": "/var/lib/docker", "nomad": "/var/lib/nomad", "consul": "/var/lib/consul"}
"""What outlives a node that is made anew, as a machine's data disk would."""
SERVER_UNITS = ("consul", "nomad", "prometheus-node-exporter")
CLIENT_UNITS = (*SERVER_UNITS, "docker")
"""What must run in a node."""
RENEW = ("systemctl", "start", "--no-block", "sre-renew.service")
"""Has a node take its bundle anew."""
SYSTEM_MIB = 448
"""Of a node's memory, what its agents and its Docker engine need themselves."""
SERVER_CPU_SHARES = 4096
"""Four times a node's: a busy worker must not cost the servers their quorum."""


@dataclass(frozen=True)
class Images:
    """The tags that the containers run."""

    node: str
    edge: str


def gateway(plan: Plan, images: Images) -> Container:
    """The router between the zones, and what this machine's loopback leads to; its CONFIG is a live file."""
    zones = {plan.network(zone): plan.address(zone, ROUTER) for zone in plan.spec.zones}
    published = [f"127.0.0.1:{plan.published(door)}:{port}" for door, port in PUBLISHED.items()]
    return Container(
        name=gateway_name(plan.spec.env),
        env=plan.spec.env,
        image=images.edge,
        networks={plan.edge: str(plan.edge_subnet[GATEWAY]), **zones},
        options=("--sysctl", "net.ipv4.ip_forward=1", *flags("publish", published)),
        command=("haproxy", "-W", "-db", "-f", CONFIG),
    )


def registry(plan: Plan, images: Images) -> Container:
    """Where nodes pull images from."""
    name = f"{plan.spec.env}-registry"
    return Container(
        name=name,
        env=plan.spec.env,
        image=images.edge,
        networks={plan.edge: plan.registry_address},
        volumes={name: "/var/lib/registry"},
        command=("docker-registry", "serve", "/etc/registry/config.yml"),
    )


def node(
    plan: Plan, place: Place, config: NodeConfig, shape: Shape, images: Images, cgroup: str
) -> Container:
    """A server or a client; its bundle is its only live file."""
    is_server = config.role == "server"
    shares = ["--cpu-shares", str(SERVER_CPU_SHARES)] if is_server else []
    seed = Seed(place.name, place.zone, user_data(config), str(plan.spec.network.cidr), place.router)
    return Container(
        name=place.name,
        env=plan.spec.env,
        image=images.node,
        networks={place.network: place.address},
        options=(
            *("--hostname", place.name, "--memory", f"{shape.memory_mib}m", *shares),
            # Of files/sysctl.conf what counts in a container, where systemd-sysctl does not run.
            *("--sysctl", "net.ipv4.tcp_retries2=5"),
            *("--add-host", f"{plan.registry_host}:{place.router}"),
            *run_flags(cgroup),
        ),
        volumes={f"{place.name}-{what}": path for what, path in DATA.items()},
        labels={"sre.zone": place.zone, "sre.pool": config.pool or "servers"},
        files=seed_files(seed),
    )


def node_config(plan: Plan, pool_name: str | None, shape: Shape) -> NodeConfig:
    """What the nodes of a pool, or the servers, are told."""
    spec = plan.spec
    config = NodeConfig(
        env=spec.env,
        cloud="local",
        role="client" if pool_name else "server",
        servers=spec.servers.count,
        retry_join=tuple(place.address for place in plan.servers()),
        read_bundle=READ_BUNDLE,
        registry=f"{plan.registry_host}:{PUBLISHED['registry']}",
        shape=spec.servers.shape,
        cpus=shape.vcpus,
        memory_mib=shape.memory_mib - SYSTEM_MIB,
    )
    return pool_config(config, pool_name, spec.pools[pool_name], shape) if pool_name else config
