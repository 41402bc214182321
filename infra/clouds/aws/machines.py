"""The servers and every pool, each with an identity of its own."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from infra.clouds.aws import grants
from infra.clouds.aws.bucket import Bucket
from infra.clouds.aws.bundles import Bundles
from infra.clouds.aws.encryption import Encryption
from infra.clouds.aws.entrances import Entrances
from infra.clouds.aws.firewall import Firewall
from infra.clouds.aws.machine import Machine, MachineImage
from infra.clouds.aws.network import Network
from infra.clouds.aws.node_config import client_config, server_config
from infra.clouds.aws.node_identity import NodeIdentity
from infra.clouds.aws.place import Place
from infra.clouds.aws.pool import NodePool
from infra.clouds.aws.servers import Servers
from infra.node.config import NodeRole
from sre_cli.specs.cluster import Pool
from sre_cli.specs.shapes import Shape

WITHOUT_IMAGES = {"data", "edge", "monitoring"}
"""Roles whose jobs have nothing to do with callers' images."""


@dataclass(frozen=True)
class Ground:
    """What machines stand on."""

    place: Place
    network: Network
    firewall: Firewall
    encryption: Encryption
    bundles: Bundles
    entrances: Entrances
    image: MachineImage
    bucket: Bucket | None


def declare_servers(ground: Ground, shape: Shape, opts: pulumi.ResourceOptions) -> Servers:
    """The servers."""
    identity = NodeIdentity("server", ground.place, _common_grants(ground, "server"), opts)
    machine = Machine(
        type=shape.type,
        image=ground.image,
        disk_gib=ground.place.spec.servers.disk_gib,
        config=server_config(ground.place),
        profile_arn=identity.profile_arn,
        group_ids=[ground.firewall.groups["servers"]],
        key_arn=ground.encryption.key_arn,
    )
    targets = ground.entrances.server_target_groups
    return Servers(ground.place, ground.network, machine, targets, opts)


def declare_pool(
    ground: Ground, name: str, pool: Pool, shape: Shape, opts: pulumi.ResourceOptions
) -> NodePool:
    """Pool `name`."""
    identity = NodeIdentity(name, ground.place, _pool_grants(ground, name, pool), opts)
    machine = Machine(
        type=shape.type,
        image=ground.image,
        disk_gib=pool.disk_gib,
        config=client_config(ground.place, name, pool, shape),
        profile_arn=identity.profile_arn,
        group_ids=ground.firewall.of_roles(pool.roles),
        key_arn=ground.encryption.key_arn,
    )
    zones = ground.place.spec.zones_of(pool)
    subnets = [ground.network.zones[zone].private_subnet for zone in zones]
    targets = [ground.entrances.edge_target_group] if "edge" in pool.roles else []
    return NodePool(name, ground.place, pool, machine, subnets, targets, opts)


def _pool_grants(ground: Ground, name: str, pool: Pool) -> list[grants.Statement]:
    place, key_arn = ground.place, ground.encryption.key_arn
    bucket = ground.bucket if set(pool.roles) - WITHOUT_IMAGES else None
    return [
        *_common_grants(ground, "client"),
        *grants.pull_images(place),
        grants.report_drained(place, place.name(name)),
        *(grants.use_bucket(place, bucket.arn, key_arn) if bucket else []),
    ]


def _common_grants(ground: Ground, role: NodeRole) -> list[grants.Statement]:
    place = ground.place
    return [
        *grants.read_bundle(place, ground.bundles.arns[role], ground.encryption.key_arn),
        grants.find_servers(),
        grants.ship_logs(place),
        *grants.open_sessions(place),
    ]
