"""Brings objects home from the fallback store, and finishes deletions that a store missed.

Many processes may do so at once, and each may die at any moment. Object stores know no transactions, so this
rests on time: nobody works at one object for longer than STEP_S, which is far less than GRACE_S. For so long
an object that came home still lies in the fallback, where whoever deletes it sees it and leaves a tombstone;
and for so long the tombstone stands, where whoever copies the object sees it and takes the copy away again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from services import metrics
from services.core.conventions import BOOKKEEPING, TOMBSTONES, deleted_key, tombstone_key
from services.core.errors import StoreUnavailable
from services.ports import Bucket, Clock

STEP_S = 60.0
GRACE_S = 600.0
"""Also forgives clocks that differ: the stores' and this machine's."""
COPIES_AT_ONCE = 4
"""Each may hold an image of the largest size in memory."""
DELETIONS_AT_ONCE = 50


class Reconciler:
    """Works on the buckets themselves: a breaker would hide what came back a moment ago."""

    def __init__(self, primary: Bucket, fallback: Bucket, clock: Clock):
        self._primary, self._fallback, self._clock = primary, fallback, clock

    async def run(self) -> None:
        """Once over all that is there. Raises StoreUnavailable: when one of the two is away."""
        standing = await self._bury(self._primary) + await self._bury(self._fallback)
        metrics.store_unsettled.labels("tombstone").set(standing)
        astray = await self._bring_all_home()
        metrics.store_unsettled.labels("stray").set(astray)

    async def _bury(self, bucket: Bucket) -> int:
        """Delete what old tombstones of `bucket` stand for; how many younger ones there are."""
        standing = 0
        async for page in bucket.pages(TOMBSTONES):
            old = [key for key, stored_s in page.items() if self._is_past_grace(stored_s)]
            standing += len(page) - len(old)
            for tombstones in _batches(old, DELETIONS_AT_ONCE):
                keys = [deleted_key(tombstone) for tombstone in tombstones]
                await asyncio.gather(self._primary.delete(keys), self._fallback.delete(keys))
                await bucket.delete(tombstones)
                metrics.store_reconciled.labels("delete").inc(len(keys))
        return standing

    async def _bring_all_home(self) -> int:
        """Copy what lies in the fallback alone; how many could not be copied."""
        astray = 0
        async for page in self._fallback.pages():
            strays = [key for key in page if not key.startswith(BOOKKEEPING)]
            for keys in _batches(strays, COPIES_AT_ONCE):
                # One that cannot be copied, for whatever reason, must not keep the others away from home.
                results = await asyncio.gather(*map(self._bring_home, keys), return_exceptions=True)
                failures = [result for result in results if isinstance(result, BaseException)]
                if len(failures) == len(keys):
                    raise failures[0]
                astray += len(failures)
        return astray

    async def _bring_home(self, key: str) -> None:
        home_s = (await self._primary.stored_s([key])).get(key)
        if home_s is None:
            try:
                async with asyncio.timeout(STEP_S):
                    await self._copy(key)
            except TimeoutError as error:
                raise StoreUnavailable from error
        elif self._is_past_grace(home_s):
            await self._fallback.delete([key])

    async def _copy(self, key: str) -> None:
        # Asked before it is read: a tombstone that went since then took the object along.
        if await self._is_deleted(key) or not (found := await self._fallback.get([key])):
            return
        await self._primary.put(found)
        if await self._is_deleted(key):
            await self._primary.delete([key])
        else:
            metrics.store_reconciled.labels("home").inc()

    async def _is_deleted(self, key: str) -> bool:
        tombstone = [tombstone_key(key)]
        stones = await asyncio.gather(self._primary.stored_s(tombstone), self._fallback.stored_s(tombstone))
        return any(stones)

    def _is_past_grace(self, stored_s: float) -> bool:
        return self._clock.now() - stored_s > GRACE_S


def _batches(keys: list[str], size: int) -> Iterator[list[str]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))
