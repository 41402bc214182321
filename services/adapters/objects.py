"""Images in S3 or in a directory, through obstore."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from services.core.deletions import digests
from services.core.errors import StoreUnavailable

T = TypeVar("T")

TIMEOUT_S = 3.0
"""For one operation, its retries included."""
PAGE = 500
OF_THE_MACHINE = "instance"


class ObstoreObjects:
    """A Bucket. Every operation ends within TIMEOUT_S; of `pages` and `expire`, every page."""

    def __init__(self, store: S3Store | LocalStore):
        self._store = store

    @classmethod
    def at(
        cls, url: str, *, endpoint: str | None, access_key: str, secret_key: str, region: str
    ) -> ObstoreObjects:
        """The store behind `s3://bucket` or `file:///directory`. Raises ValueError: for another scheme.

        Without keys, or with OF_THE_MACHINE in their place, the cloud tells who this machine is.
        """
        parts = urlsplit(url)
        if parts.scheme == "file" and parts.path:
            return cls(LocalStore(Path(unquote(parts.path)), automatic_cleanup=True, mkdir=True))
        if parts.scheme != "s3" or not parts.netloc:
            raise ValueError("must be s3://bucket or file:///directory")
        store = S3Store(
            parts.netloc,
            endpoint=endpoint,
            access_key_id=_key(access_key),
            secret_access_key=_key(secret_key),
            region=region,
            unsigned_payload=True,  # what is stored is sealed: a byte that changed on its way is found out
            disable_bulk_delete=True,  # not every provider of S3 knows how
            client_options={"allow_http": True, "connect_timeout": "1s", "timeout": "2s"},
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=TIMEOUT_S)},
        )
        return cls(store)

    async def open(self) -> None:
        """The bucket must exist and answer. Raises StoreUnavailable."""
        await self.ready()

    async def ready(self) -> None:
        """Look into a folder where nobody writes. Raises StoreUnavailable."""
        async for _ in self.pages("readyz"):
            return

    async def close(self) -> None:
        """obstore keeps no connection that needs closing."""

    async def put(self, objects: Mapping[str, bytes | bytearray]) -> None:
        """Store all at once. Raises StoreUnavailable."""
        await _bounded(
            asyncio.gather(*(obstore.put_async(self._store, key, data) for key, data in objects.items()))
        )

    async def get(self, keys: list[str]) -> dict[str, bytes]:
        """Fetch all at once, without those that are gone. Raises StoreUnavailable."""
        found = await _bounded(asyncio.gather(*(self._get(key) for key in keys)))
        return {key: data for key, data in zip(keys, found, strict=True) if data is not None}

    async def delete(self, keys: list[str]) -> None:
        """Forget all. Raises StoreUnavailable."""
        await _bounded(asyncio.gather(*(self._delete(key) for key in keys)))

    async def digests(self, keys: list[str]) -> dict[str, str]:
        """Of what `get` finds. Raises StoreUnavailable."""
        return digests(await self.get(keys))

    async def reconcile(self) -> None:
        """One store has nothing to make up for."""

    async def expire(self, before_s: float) -> None:
        """Forget what is older. Raises StoreUnavailable."""
        async for page in self.pages():
            await self.delete([key for key, stored_s in page.items() if stored_s < before_s])

    async def stored_s(self, keys: list[str]) -> dict[str, float]:
        """Ask for all at once. Raises StoreUnavailable."""
        found = await _bounded(asyncio.gather(*(self._head(key) for key in keys)))
        return {key: stored for key, stored in zip(keys, found, strict=True) if stored is not None}

    async def pages(self, folder: str | None = None) -> AsyncIterator[dict[str, float]]:
        """PAGE keys at a time. Raises StoreUnavailable."""
        listing = obstore.list(self._store, prefix=folder, chunk_size=PAGE)
        while page := await _bounded(anext(listing, None)):
            yield {one["path"]: one["last_modified"].timestamp() for one in page}

    async def _get(self, key: str) -> bytes | None:
        try:
            return bytes(await (await obstore.get_async(self._store, key)).bytes_async())
        except FileNotFoundError:
            return None

    async def _head(self, key: str) -> float | None:
        try:
            return (await obstore.head_async(self._store, key))["last_modified"].timestamp()
        except FileNotFoundError:
            return None

    async def _delete(self, key: str) -> None:
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return


def _key(written: str) -> str | None:
    return written if written not in ("", OF_THE_MACHINE) else None


async def _bounded(work: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await work
    except (BaseError, OSError, TimeoutError) as error:
        raise StoreUnavailable from error
