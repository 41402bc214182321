"""The whole of an environment on AWS, in the order in which its parts need each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.bucket import Bucket
from infra.clouds.aws.bundles import Bundles
from infra.clouds.aws.cache import PORT as CACHE_PORT
from infra.clouds.aws.cache import Cache
from infra.clouds.aws.database import PORT as DATABASE_PORT
from infra.clouds.aws.database import Database
from infra.clouds.aws.encryption import Encryption
from infra.clouds.aws.endpoints import Endpoints
from infra.clouds.aws.entrances import Entrances, find_zone, operator_domain
from infra.clouds.aws.firewall import Firewall
from infra.clouds.aws.images import ImageRepositories
from infra.clouds.aws.logs import Logs
from infra.clouds.aws.machine import find_image
from infra.clouds.aws.machines import Ground, declare_pool, declare_servers
from infra.clouds.aws.network import Network
from infra.clouds.aws.node_config import registry_host
from infra.clouds.aws.place import Place, Site
from infra.clouds.aws.spend import Budget
from infra.identity import Identity
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.shapes import PriceTable


def declare(
    spec: ClusterSpec, prices: PriceTable, identity: Identity, images: list[str]
) -> Mapping[str, Any]:
    """Every resource of `spec`; its part of `StackOutputs`. `images` are the names of the jobs' images."""
    provider = aws.Provider(spec.env, region=spec.region)
    account = aws.get_caller_identity(opts=pulumi.InvokeOptions(provider=provider)).account_id
    return _Declaration(Place(spec, account), provider, prices, identity).outputs(images)


class _Declaration:
    def __init__(self, place: Place, provider: aws.Provider, prices: PriceTable, identity: Identity):
        self._place, self._spec = place, place.spec
        self._prices, self._identity = prices, identity
        self._opts = pulumi.ResourceOptions(provider=provider)
        self._encryption = Encryption(place, self._opts)
        self._network = Network(place, self._opts)
        self._firewall = Firewall(place, self._network.vpc_id, self._opts)
        self._zone_id = find_zone(place, provider)
        self._image = find_image(provider)

    def outputs(self, images: list[str]) -> dict[str, Any]:
        place, key_arn = self._place, self._encryption.key_arn
        ImageRepositories(place, images, key_arn, self._opts)
        if self._spec.budget_usd_month:
            Budget(place, key_arn, self._opts)
        postgres, redis, bucket = self._database(), self._cache(), self._bucket()
        registry = f"{registry_host(place)}/{self._spec.env}"
        return {
            "nomad_url": f"https://{operator_domain(place, 'nomad')}:4646",
            "consul_url": f"https://{operator_domain(place, 'consul')}:8501",
            "api_url": f"https://{self._spec.dns.domain}",
            "registry": registry,
            "registry_push": registry,
            "pools": self._pools(bucket),
            "postgres": {"host": postgres.host, "port": DATABASE_PORT} if postgres else None,
            "redis": {"host": redis.host, "port": CACHE_PORT} if redis else None,
            "bucket": bucket.name if bucket else None,
        }

    def _pools(self, bucket: Bucket | None) -> dict[str, Any]:
        place, opts = self._place, self._opts
        logs = Logs(place, self._network.vpc_id, self._encryption.key_arn, opts)
        endpoints = Endpoints(place, self._network, self._firewall.groups["endpoints"], opts)
        ground = Ground(
            place,
            self._network,
            self._firewall,
            self._encryption,
            Bundles(place, self._identity, self._encryption.key_arn, opts),
            Entrances(place, self._network, self._firewall, self._zone_id, opts),
            self._image,
            bucket,
        )
        shapes = self._prices.shapes
        # What a machine needs to boot, and does not name.
        ready = [self._firewall, self._network, endpoints, logs]
        servers = declare_servers(ground, shapes[self._spec.servers.shape], self._after(ready))
        # Pools come after the servers, and so go before them: a node needs its servers to drain.
        after_servers = self._after([*ready, servers])
        pools = {
            name: declare_pool(ground, name, pool, shapes[pool.shape], after_servers)
            for name, pool in self._spec.pools.items()
        }
        return {
            name: {"id": pools[name].group, "min": pool.min, "max": pool.max, "size": pools[name].size}
            for name, pool in self._spec.pools.items()
        }

    def _after(self, ready: Sequence[pulumi.Resource]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions.merge(self._opts, pulumi.ResourceOptions(depends_on=ready))

    def _database(self) -> Database | None:
        service = self._spec.data.postgres
        if service.runs_on != "cloud" or service.shape is None:
            return None
        return Database(
            self._place,
            service,
            self._prices.databases[service.shape].type,
            self._data_site("database"),
            password=self._identity.passwords["postgres"],
            key_arn=self._encryption.key_arn,
            opts=self._opts,
        )

    def _cache(self) -> Cache | None:
        service = self._spec.data.redis
        if service.runs_on != "cloud" or service.shape is None:
            return None
        return Cache(
            self._place,
            service,
            self._prices.caches[service.shape].type,
            self._data_site("cache"),
            password=self._identity.passwords["redis"],
            key_arn=self._encryption.key_arn,
            opts=self._opts,
        )

    def _bucket(self) -> Bucket | None:
        objects = self._spec.objects
        stores = [store for store in (objects.primary, objects.fallback) if store.runs_on == "cloud"]
        if not stores:
            return None
        days = max(store.expire_days for store in stores)
        return Bucket(self._place, days, self._encryption.key_arn, self._opts)

    def _data_site(self, group: str) -> Site:
        return Site(self._network.vpc_id, self._network.data_subnets, self._firewall.groups[group])
