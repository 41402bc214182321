"""Buckets in memory that fail as they are told, and a clock and turns to order what happens to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from enum import Enum, auto
from typing import TypeVar

from services.adapters.fallback_objects import FallbackObjects
from services.adapters.reconciler import GRACE_S
from services.core.deletions import digests
from services.core.errors import StoreUnavailable

T = TypeVar("T")


class Fate(Enum):
    """How a call ends."""

    WELL = auto()
    REFUSED = auto()
    """It fails and does nothing."""
    UNANSWERED = auto()
    """It does what it was asked, and fails."""
    LATE = auto()
    """It fails, and does what it was asked some time later."""
    SILENT = auto()
    """Its client gives up after TIMEOUT_S; nothing was done."""


TIMEOUT_S = 0.3


async def at_once() -> None:
    """Nobody else gets a turn."""


class BucketClock:
    """Set by hand; whoever sleeps waits for a turn."""

    def __init__(self, turn: Callable[[], Awaitable[None]]):
        self.now_s = 1_000_000.0
        self._turn = turn

    def now(self) -> float:
        return self.now_s

    async def sleep(self, _seconds: float) -> None:
        await asyncio.sleep(0)
        await self._turn()


class MemoryBucket:
    """A Bucket whose calls take a turn before they do something and one before they answer."""

    def __init__(self, clock: BucketClock, turn: Callable[[], Awaitable[None]] = at_once):
        self.held: dict[str, tuple[bytes, float]] = {}
        self.calls = 0
        self.late: list[asyncio.Task[None]] = []
        self._clock, self._turn = clock, turn
        self.fate: Callable[[], Fate] = lambda: Fate.WELL
        self.before_put: Callable[[list[str]], Awaitable[None]] | None = None
        """Something that happens, or fails, just then."""

    def fails(self, fate: Fate) -> None:
        """Every call from now on ends like this."""
        self.fate = lambda: fate

    async def open(self) -> None:
        await self.ready()

    async def ready(self) -> None:
        await self._do(lambda: None)

    async def close(self) -> None:
        for task in self.late:
            await task

    async def put(self, objects: Mapping[str, bytes | bytearray]) -> None:
        def store() -> None:
            self.held |= {key: (bytes(data), self._clock.now()) for key, data in objects.items()}

        if self.before_put:
            await self.before_put(list(objects))
        await self._do(store)

    async def get(self, keys: list[str]) -> dict[str, bytes]:
        return await self._do(lambda: {key: self.held[key][0] for key in keys if key in self.held})

    async def digests(self, keys: list[str]) -> dict[str, str]:
        return digests(await self.get(keys))

    async def delete(self, keys: list[str]) -> None:
        def forget() -> None:
            for key in keys:
                self.held.pop(key, None)

        await self._do(forget)

    async def stored_s(self, keys: list[str]) -> dict[str, float]:
        return await self._do(lambda: {key: self.held[key][1] for key in keys if key in self.held})

    async def pages(self, folder: str | None = None) -> AsyncIterator[dict[str, float]]:
        below = "" if folder is None else f"{folder}/"
        keys = await self._do(lambda: [key for key in self.held if key.startswith(below)])
        for start in range(0, len(keys), 2):
            yield await self.stored_s(keys[start : start + 2])

    async def reconcile(self) -> None:
        """One bucket has nothing to make up for."""

    async def expire(self, before_s: float) -> None:
        await self.delete([key for key, (_, stored_s) in self.held.items() if stored_s < before_s])

    async def _do(self, work: Callable[[], T]) -> T:
        self.calls += 1
        await self._turn()
        fate = self.fate()
        if fate is Fate.SILENT:
            await asyncio.sleep(TIMEOUT_S)
        if fate is Fate.LATE:
            self.late.append(asyncio.create_task(self._some_time(work)))
        if fate not in (Fate.WELL, Fate.UNANSWERED):
            raise StoreUnavailable
        done = work()
        await self._turn()
        if fate is Fate.UNANSWERED:
            raise StoreUnavailable
        return done

    async def _some_time(self, work: Callable[[], object]) -> None:
        await self._turn()
        work()


class Pair:
    """Two buckets, and any number of processes that use them."""

    def __init__(self, turn: Callable[[], Awaitable[None]] = at_once) -> None:
        self.clock = BucketClock(turn)
        self.primary, self.fallback = MemoryBucket(self.clock, turn), MemoryBucket(self.clock, turn)

    @property
    def both(self) -> tuple[MemoryBucket, MemoryBucket]:
        return self.primary, self.fallback

    def process(self) -> FallbackObjects:
        """One more that has not met any failure yet."""
        return FallbackObjects(self.primary, self.fallback, self.clock)

    def pass_grace(self) -> None:
        self.clock.now_s += GRACE_S + 1

    async def settle(self) -> None:
        """Everything works again, and the janitor comes by often enough."""
        for bucket in self.both:
            bucket.fails(Fate.WELL)
        for _ in range(3):
            await self.process().reconcile()
            self.pass_grace()
