"""Redis as AWS's own service."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.place import Component, Place, Site
from sre_cli.specs.cluster import DataService

PORT = 6379
NODES = 2
"""A primary, and a replica in another zone: what the price table's price is of."""


class Cache(Component):
    """A replication group without shards that fails over by itself; TLS and a password only."""

    def __init__(
        self,
        place: Place,
        service: DataService,
        node_type: str,
        site: Site,
        *,
        password: pulumi.Output[str],
        key_arn: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("Cache", "redis", place, opts)
        name, tags = place.name("redis"), place.tags("redis")
        subnets = aws.elasticache.SubnetGroup(name, subnet_ids=site.subnet_ids, tags=tags, opts=self.child())
        cache = aws.elasticache.ReplicationGroup(
            name,
            replication_group_id=name,
            description=f"Redis of {place.spec.env}",
            engine="redis",
            engine_version="7.1",
            node_type=node_type,
            num_cache_clusters=NODES,
            automatic_failover_enabled=True,
            multi_az_enabled=True,
            at_rest_encryption_enabled=True,
            kms_key_id=key_arn,
            transit_encryption_enabled=True,
            auth_token=password,
            port=PORT,
            subnet_group_name=subnets.name,
            security_group_ids=[site.group_id],
            snapshot_retention_limit=service.backup_days,
            auto_minor_version_upgrade=True,
            tags=tags,
            opts=self.child(),
        )
        self.host: pulumi.Output[str] = cache.primary_endpoint_address
        self.register_outputs({"host": self.host})
