"""Redis as Google's own service."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.peering import Peering
from infra.clouds.gcp.place import Component, Place
from sre_cli.specs.shapes import ManagedShape

VERSION = "REDIS_7_2"
MIB_PER_GIB = 1024


class Cache(Component):
    """A primary and a replica in another zone that takes over by itself; TLS and a password."""

    def __init__(
        self,
        place: Place,
        shape: ManagedShape,
        peering: Peering,
        *,
        key_id: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("Cache", "redis", place, opts)
        redis = gcp.redis.Instance(
            place.name("redis"),
            name=place.name("redis"),
            project=place.project,
            region=place.region,
            tier=shape.type,
            memory_size_gb=shape.memory_mib // MIB_PER_GIB,
            redis_version=VERSION,
            location_id=place.spec.zones[0],
            alternative_location_id=place.spec.zones[1],
            connect_mode="PRIVATE_SERVICE_ACCESS",
            authorized_network=peering.network_id,
            reserved_ip_range=peering.range_name,
            auth_enabled=True,
            transit_encryption_mode="SERVER_AUTHENTICATION",
            customer_managed_key=key_id,
            maintenance_policy={
                "weekly_maintenance_windows": [{"day": "SUNDAY", "start_time": {"hours": 21, "minutes": 0}}]
            },
            labels=place.labels,
            opts=self.child(additional_secret_outputs=["authString"]),
        )
        self.host: pulumi.Output[str] = redis.host
        self.port: pulumi.Output[int] = redis.port
        self.password: pulumi.Output[str] = pulumi.Output.secret(redis.auth_string)
        """Google makes it."""
        self.register_outputs({"host": self.host})
