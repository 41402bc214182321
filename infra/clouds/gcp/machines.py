"""The servers and every pool."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from infra.clouds.gcp.accounts import Accounts
from infra.clouds.gcp.liveness import Liveness
from infra.clouds.gcp.machine import Machine
from infra.clouds.gcp.network import Network
from infra.clouds.gcp.node_config import client_config, server_config
from infra.clouds.gcp.place import Place
from infra.clouds.gcp.pool import NodePool
from infra.clouds.gcp.servers import Servers
from sre_cli.specs.cluster import Pool
from sre_cli.specs.shapes import Shape


@dataclass(frozen=True)
class Ground:
    """What machines stand on."""

    place: Place
    network: Network
    accounts: Accounts
    key_id: pulumi.Output[str]
    liveness: Liveness


def declare_servers(ground: Ground, shape: Shape, opts: pulumi.ResourceOptions) -> Servers:
    """The servers."""
    machine = Machine(
        shape=shape,
        disk_gib=ground.place.spec.servers.disk_gib,
        config=server_config(ground.place),
        account=ground.accounts.emails["server"],
        subnet=ground.network.nodes_subnet,
        key_id=ground.key_id,
    )
    return Servers(ground.place, machine, ground.liveness.check_id, opts)


def declare_pool(
    ground: Ground, name: str, pool: Pool, shape: Shape, opts: pulumi.ResourceOptions
) -> NodePool:
    """Pool `name`."""
    machine = Machine(
        shape=shape,
        disk_gib=pool.disk_gib,
        config=client_config(ground.place, name, pool, shape),
        account=ground.accounts.emails["client"],
        subnet=ground.network.nodes_subnet,
        key_id=ground.key_id,
    )
    return NodePool(name, ground.place, pool, machine, ground.liveness.check_id, opts)
