"""What one node is told when it boots; the same on every cloud."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from sre_cli.specs.cluster import CloudName, Pool
from sre_cli.specs.shapes import Shape

NodeRole = Literal["server", "client"]


@dataclass(frozen=True)
class NodeConfig:
    """The inputs of the user-data. What differs from node to node of a pool (address, zone, instance id)
    is read on the node from cloud-init's own instance data, so that a whole pool shares one text."""

    env: str
    cloud: CloudName
    role: NodeRole
    servers: int
    """How many servers the cluster has."""
    retry_join: tuple[str, ...]
    """Consul's `retry_join`: addresses, or a cloud auto-join expression."""
    read_bundle: str
    """Shell command that prints the role's bundle (see `infra.identity`) as JSON; asked for at every boot."""
    registry: str
    """`host[:port][/path]`, prefix of the images' names."""
    registry_login: str = ""
    """Shell command that logs Docker in there; empty where nodes may pull without."""
    pool: str = ""
    roles: tuple[str, ...] = ()
    shape: str = ""
    gpus: int = 0
    gpu_memory_mib: int = 0
    spot: bool = False
    report_drained: str = ""
    """Shell command, run once a node that the cloud takes back is drained; `$INSTANCE_ID` names it.
    Completes the lifecycle hook `drain` where the cloud has one."""
    cpus: float | None = None
    """What the node may offer, where the machine shows more than is the node's (local)."""
    memory_mib: int | None = None


def pool_config(client: NodeConfig, name: str, pool: Pool, shape: Shape) -> NodeConfig:
    """What the nodes of pool `name` are told: what `client` tells every pool, and what is its own."""
    return replace(
        client,
        pool=name,
        roles=tuple(pool.roles),
        shape=pool.shape,
        gpus=shape.gpus.count if shape.gpus else 0,
        gpu_memory_mib=shape.gpus.memory_mib if shape.gpus else 0,
        spot=pool.spot,
    )
