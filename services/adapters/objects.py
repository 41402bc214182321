"""Images in S3 or in a directory, through obstore."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from services.core.errors import StoreUnavailable

T = TypeVar("T")

TIMEOUT_S = 3.0
"""For one operation, its retries included."""


class ObstoreObjects:
    """Every operation ends within TIMEOUT_S."""

    def __init__(self, store: S3Store | LocalStore):
        self._store = store

    @classmethod
    def at(
        cls, url: str, *, endpoint: str | None, access_key: str, secret_key: str, region: str
    ) -> ObstoreObjects:
        """The store behind `s3://bucket` or `file:///directory`. Raises ValueError: for another scheme."""
        parts = urlsplit(url)
        if parts.scheme == "file" and parts.path:
            return cls(LocalStore(Path(unquote(parts.path)), automatic_cleanup=True, mkdir=True))
        if parts.scheme != "s3" or not parts.netloc:
            raise ValueError("must be s3://bucket or file:///directory")
        store = S3Store(
            parts.netloc,
            endpoint=endpoint,
            access_key_id=access_key or None,
            secret_access_key=secret_key or None,
            region=region,
            client_options={"allow_http": True, "connect_timeout": "1s", "timeout": "2s"},
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=TIMEOUT_S)},
        )
        return cls(store)

    async def open(self) -> None:
        """The bucket must exist and answer. Raises StoreUnavailable."""
        await self.ready()

    async def ready(self) -> None:
        """Read a key that nobody wrote. Raises StoreUnavailable."""
        await _bounded(self._listed())

    async def close(self) -> None:
        """obstore keeps no connection that needs closing."""

    async def put(self, objects: Mapping[str, bytes]) -> None:
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

    async def _get(self, key: str) -> bytes | None:
        try:
            return bytes(await (await obstore.get_async(self._store, key)).bytes_async())
        except FileNotFoundError:
            return None

    async def _delete(self, key: str) -> None:
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return

    async def _listed(self) -> None:
        async for _ in obstore.list(self._store, prefix="readyz", chunk_size=1):
            return


async def _bounded(work: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await work
    except (BaseError, OSError, TimeoutError) as error:
        raise StoreUnavailable from error
