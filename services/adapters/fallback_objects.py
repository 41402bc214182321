"""Two object stores that are one to their callers: while the primary is away, the fallback takes its place.

`put` writes into the primary, or else into the fallback. From there the reconciler copies an object home, and
removes it from the fallback only a grace later. `delete` therefore looks into the fallback first: what lies
there may be in the middle of being copied, so it leaves a tombstone, which takes the copy away again. A
tombstone also stands for what a store that is away may hold; it lies in the other one, where it outlives this
process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from services import metrics
from services.adapters.breaker import Guarded
from services.adapters.reconciler import Reconciler
from services.core.conventions import tombstone_key
from services.core.deletions import digests
from services.core.errors import StoreUnavailable
from services.ports import Bucket, Clock

READY_WITHIN_S = 0.7
"""/readyz waits for both in turn: a silent store must not hide that the other answers."""


class FallbackObjects:
    """An ObjectStore over two buckets of different providers."""

    def __init__(self, primary: Bucket, fallback: Bucket, clock: Clock):
        self._buckets = primary, fallback
        self._primary = Guarded("primary", primary, clock)
        self._fallback = Guarded("fallback", fallback, clock)
        self._reconciler = Reconciler(primary, fallback, clock)

    async def open(self) -> None:
        """One of the two must answer. Raises StoreUnavailable."""
        await self.ready()

    async def ready(self) -> str | None:
        """Usable when one of the two is; says which one is not. Raises StoreUnavailable.

        The fallback is asked when it is needed: a bucket of a cloud's costs something each time.
        """
        if await _answers(self._primary):
            return "degraded: the fallback store is away" if self._fallback.is_open else None
        if await _answers(self._fallback):
            return "degraded: the primary store is away"
        raise StoreUnavailable

    async def close(self) -> None:
        """Close both."""
        await self._primary.close()
        await self._fallback.close()

    async def put(self, objects: Mapping[str, bytes | bytearray]) -> None:
        """Store all in one of the two. Raises StoreUnavailable: when neither takes them."""
        try:
            await self._primary.put(objects)
        except StoreUnavailable:
            await self._fallback.put(objects)
            metrics.store_fallback.labels("put").inc()

    async def get(self, keys: list[str]) -> dict[str, bytes]:
        """Fetch all from where they are. Raises StoreUnavailable: when one may be in a store that is away."""
        found: dict[str, bytes] = {}
        away: StoreUnavailable | None = None
        for store in (self._primary, self._fallback):
            missing = [key for key in keys if key not in found]
            if not missing:
                break
            try:
                more = await store.get(missing)
            except StoreUnavailable as error:
                away = error
                continue
            found |= more
            if more and store is self._fallback:
                metrics.store_fallback.labels("get").inc()
        if away and len(found) < len(keys):
            raise away
        return found

    async def delete(self, keys: list[str]) -> None:
        """Forget all: at once where they can be reached, and by the reconciler where not.

        Raises StoreUnavailable: when neither store can be reached to remember them.
        """
        try:
            strays = list(await self._fallback.stored_s(keys))
        except StoreUnavailable:
            strays = keys  # for all that is known
        if strays:
            await self._remember(strays)
        try:
            await self._primary.delete(keys)
        except StoreUnavailable:
            await self._remember(keys)
            metrics.store_fallback.labels("delete").inc()
        if strays:
            with suppress(StoreUnavailable):
                await self._fallback.delete(strays)

    async def digests(self, keys: list[str]) -> dict[str, str]:
        """Of what `get` finds. Raises StoreUnavailable."""
        return digests(await self.get(keys))

    async def reconcile(self) -> None:
        """Bring home what lies in the fallback, and make up for deletions. Raises StoreUnavailable."""
        await self._reconciler.run()

    async def expire(self, before_s: float) -> None:
        """Forget what is older, in both. Raises StoreUnavailable."""
        for bucket in self._buckets:
            await bucket.expire(before_s)

    async def _remember(self, keys: list[str]) -> None:
        tombstones = {tombstone_key(key): b"" for key in keys}
        try:
            await self._fallback.put(tombstones)
        except StoreUnavailable:
            await self._primary.put(tombstones)


async def _answers(store: Guarded) -> bool:
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            await store.ready()
    except (StoreUnavailable, TimeoutError):
        return False
    return True
