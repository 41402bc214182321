"""The engines that Google runs, and what the stack says of them."""

from __future__ import annotations

from typing import Any

import pulumi

from infra.clouds.gcp.addresses import Addresses
from infra.clouds.gcp.bucket import Bucket
from infra.clouds.gcp.cache import Cache
from infra.clouds.gcp.database import PORT as DATABASE_PORT
from infra.clouds.gcp.database import Database
from infra.clouds.gcp.peering import Peering
from infra.clouds.gcp.place import Place
from infra.clouds.gcp.services import has_bucket, has_peering
from infra.identity import Identity
from sre_cli.specs.shapes import PriceTable


class Managed:
    """Database, cache and bucket: those alone that the spec has the cloud run."""

    def __init__(
        self,
        place: Place,
        network_id: pulumi.Output[str],
        addresses: Addresses,
        key_id: pulumi.Output[str],
        opts: pulumi.ResourceOptions,
    ):
        self._place, self._key_id, self._opts = place, key_id, opts
        self._peering = (
            Peering(place, network_id, addresses.managed, opts) if has_peering(place.spec) else None
        )

    def outputs(self, prices: PriceTable, identity: Identity) -> dict[str, Any]:
        """Declare them; their part of `StackOutputs`."""
        database = self._database(prices, identity)
        cache = self._cache(prices)
        bucket = self._bucket()
        return {
            "postgres": {"host": database.host, "port": DATABASE_PORT} if database else None,
            "redis": {"host": cache.host, "port": cache.port} if cache else None,
            "bucket": bucket.name if bucket else None,
            "secrets": {
                **({"redis_password": cache.password} if cache else {}),
                **(
                    {"s3_access_key": bucket.access_key, "s3_secret_key": bucket.secret_key} if bucket else {}
                ),
            },
        }

    def _database(self, prices: PriceTable, identity: Identity) -> Database | None:
        service = self._place.spec.data.postgres
        if self._peering is None or service.runs_on != "cloud" or service.shape is None:
            return None
        return Database(
            self._place,
            service,
            prices.databases[service.shape].type,
            self._peering,
            password=identity.passwords["postgres"],
            key_id=self._key_id,
            opts=self._opts,
        )

    def _cache(self, prices: PriceTable) -> Cache | None:
        service = self._place.spec.data.redis
        if self._peering is None or service.runs_on != "cloud" or service.shape is None:
            return None
        shape = prices.caches[service.shape]
        return Cache(self._place, shape, self._peering, key_id=self._key_id, opts=self._opts)

    def _bucket(self) -> Bucket | None:
        if not has_bucket(self._place.spec):
            return None
        objects = self._place.spec.objects
        stores = [store for store in (objects.primary, objects.fallback) if store.runs_on == "cloud"]
        days = max(store.expire_days for store in stores)
        return Bucket(self._place, days, self._key_id, self._opts)
