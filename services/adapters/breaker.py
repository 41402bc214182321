"""Keeps callers from waiting for a store that is known to be away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import ParamSpec, TypeVar

import structlog

from services import metrics
from services.core.conventions import PROBE_KEY
from services.core.errors import StoreUnavailable
from services.ports import Bucket, Clock

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)

PROBE_EVERY_S = 1.0
PROBE = bytes(4096)
"""Not empty: a full disk still takes an empty file."""


class Guarded:
    """A bucket behind a circuit breaker. Every method raises StoreUnavailable.

    One failure opens it: the bucket's client has tried several times by then. While it is open every call
    fails at once, so nobody waits, and a probe in the background writes an object every PROBE_EVERY_S; the
    first that succeeds closes it.
    """

    def __init__(self, name: str, bucket: Bucket, clock: Clock):
        self.name = name
        self._bucket, self._clock = bucket, clock
        self._probing: asyncio.Task[None] | None = None
        metrics.store_breaker_open.labels(name).set(0)

    @property
    def is_open(self) -> bool:
        """Whether the store is known to be away."""
        return self._probing is not None and not self._probing.done()

    async def put(self, objects: Mapping[str, bytes | bytearray]) -> None:
        """As the bucket's."""
        await self._call(self._bucket.put, objects)

    async def get(self, keys: list[str]) -> dict[str, bytes]:
        """As the bucket's."""
        return await self._call(self._bucket.get, keys)

    async def delete(self, keys: list[str]) -> None:
        """As the bucket's."""
        await self._call(self._bucket.delete, keys)

    async def stored_s(self, keys: list[str]) -> dict[str, float]:
        """As the bucket's."""
        return await self._call(self._bucket.stored_s, keys)

    async def ready(self) -> str | None:
        """As the bucket's."""
        return await self._call(self._bucket.ready)

    async def close(self) -> None:
        """End the probe, and close the bucket."""
        if self._probing:
            self._probing.cancel()
            with suppress(asyncio.CancelledError):
                await self._probing
        await self._bucket.close()

    async def _call(self, method: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        if self.is_open:
            raise StoreUnavailable
        try:
            return await method(*args, **kwargs)
        except StoreUnavailable as error:
            self._open(error)
            raise

    def _open(self, error: StoreUnavailable) -> None:
        if not self.is_open:
            metrics.store_breaker_open.labels(self.name).set(1)
            cause = repr(error.__cause__).partition("\\n")[0]  # the client goes on for forty lines
            log.warning("object store is away", store=self.name, cause=cause)
            self._probing = asyncio.create_task(self._probe(self._clock.now()))

    async def _probe(self, since_s: float) -> None:
        while not await self._takes_writes():
            await self._clock.sleep(PROBE_EVERY_S)
        metrics.store_breaker_open.labels(self.name).set(0)
        log.info("object store is back", store=self.name, away_s=round(self._clock.now() - since_s, 1))

    async def _takes_writes(self) -> bool:
        try:
            await self._bucket.put({PROBE_KEY: PROBE})
            await self._bucket.delete([PROBE_KEY])
        except StoreUnavailable:
            return False
        return True
