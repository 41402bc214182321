"""Whatever fails, in whatever order: what was accepted is there, and what was deleted does not come back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from itertools import count
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.adapters.fallback_objects import FallbackObjects
from services.adapters.reconciler import GRACE_S
from services.core.conventions import PROBE_KEY, tombstone_key
from services.core.errors import StoreUnavailable
from tests.unit.services.adapters.buckets import Fate, MemoryBucket, Pair
from tests.unit.services.adapters.turns import Act, Turns

ROUNDS, ACTS = 4, 6
DEATHS, STANDSTILLS = 0.005, 0.03
PASSES_S = [0, 1, GRACE_S - 1, GRACE_S + 1, 5000]
MIXES = [(3, 1, 1, 0), (1, 1, 1, 1), (0, 0, 1, 1)]
"""Of putting, getting, deleting and reconciling."""
FATES = [[Fate.WELL], [Fate.REFUSED], [Fate.WELL, Fate.REFUSED, Fate.UNANSWERED, Fate.LATE]]
"""A store that works, one that is away, and one that does as it likes."""
KEY = "check/1/a"


class World:
    """Several processes over two stores, and what their callers may rely on."""

    def __init__(self, chance: Random):
        self._chance = chance
        self._turns = Turns()
        self.pair = Pair(self._turns.take)
        self._processes = [self.pair.process() for _ in range(3)]
        self._numbers = count()
        self.accepted: set[str] = set()
        self.deleted: set[str] = set()

    async def round(self) -> None:
        """Some acts at once, then what is late comes, and time passes."""
        for bucket in self.pair.both:
            bucket.fate = self._fate()
        kinds = [self._put, self._get, self._delete, self._reconcile]
        chosen = self._chance.choices(kinds, self._chance.choice(MIXES), k=ACTS)
        acts = [self._act(kind(self._chance.choice(self._processes))) for kind in chosen]
        await self._turns.play(*acts, incident=self._dies_or_stands)
        await self._play(*(bucket.close() for bucket in self.pair.both))
        self.pair.clock.now_s += self._chance.choice(PASSES_S)

    async def end(self) -> None:
        """Everything works again, for long enough."""
        await self._play(*(process.close() for process in self._processes))
        await self._play(self.pair.settle())

    async def _play(self, *works: Coroutine[Any, Any, None]) -> None:
        await self._turns.play(*map(self._act, works), incident=self._stands)

    def _act(self, work: Coroutine[Any, Any, None]) -> Act:
        return Act(self._chance.random(), work)

    def _fate(self) -> Callable[[], Fate]:
        fates = self._chance.choice(FATES)
        return lambda: self._chance.choice(fates)

    def _stands(self, act: Act) -> None:
        if self._chance.random() < STANDSTILLS:
            act.rank = -self._chance.random()

    def _dies_or_stands(self, act: Act) -> None:
        self._stands(act)
        if self._chance.random() < DEATHS:
            act.task.cancel()

    async def _put(self, process: FallbackObjects) -> None:
        key = f"check/{next(self._numbers)}/a"
        await _quietly(process.put({key: key.encode()}), lambda _: self.accepted.add(key))

    async def _get(self, process: FallbackObjects) -> None:
        asked = sorted(self.accepted)

        def complete(found: dict[str, bytes]) -> None:
            assert not (set(asked) - found.keys()) & self.accepted, "said to be missing"

        await _quietly(process.get(asked), complete)

    async def _delete(self, process: FallbackObjects) -> None:
        if self.accepted:
            key = self._chance.choice(sorted(self.accepted))
            self.accepted.remove(key)
            await _quietly(process.delete([key]), lambda _: self.deleted.add(key))

    async def _reconcile(self, process: FallbackObjects) -> None:
        await _quietly(process.reconcile(), lambda _: None)


async def _quietly(operation: Coroutine[Any, Any, Any], then: Callable[[Any], None]) -> None:
    try:
        result = await operation
    except StoreUnavailable:
        return
    then(result)


async def _play(seed: int) -> None:
    world = World(Random(seed))  # noqa: S311 - an order of events, not a secret
    for _ in range(ROUNDS):
        await world.round()
    await world.end()
    primary, fallback = (_keys(bucket) for bucket in world.pair.both)
    assert world.accepted <= primary
    assert not primary & world.deleted
    assert not fallback


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_nothing_is_lost_and_nothing_comes_back(seed: int) -> None:
    asyncio.run(_play(seed))


class Race:
    """Three janitors and one who deletes, over one object; the one who goes first has an incident."""

    def __init__(self, order: str, at_turn: int, incident: str):
        self._order, self._at_turn, self._incident = order, at_turn, incident
        self._turns = Turns()
        self.pair = Pair(self._turns.take)
        self.deleted = False
        self.happened = False

    async def run(self) -> None:
        kinds = {"j": self._reconcile, "d": self._delete}
        acts = [Act(-number, kinds[letter]()) for number, letter in enumerate(self._order)]
        self._first = acts[0]
        await self._turns.play(*acts, incident=self._happens)
        await self._turns.play(Act(0, self.pair.settle()))

    def _happens(self, act: Act) -> None:
        if act is self._first and act.turns == self._at_turn:
            self.happened = True
            self.pair.clock.now_s += 1
            if self._incident == "dies":
                act.task.cancel()
            else:
                act.rank = -len(self._order)

    async def _reconcile(self) -> None:
        await self.pair.process().reconcile()

    async def _delete(self) -> None:
        await self.pair.process().delete([KEY])
        self.deleted = True


async def _stray(pair: Pair) -> None:
    pair.fallback.held[KEY] = b"", pair.clock.now()


async def _home_for_long(pair: Pair) -> None:
    pair.primary.held[KEY] = b"", pair.clock.now()
    pair.fallback.held[KEY] = b"", pair.clock.now()
    pair.pass_grace()


async def _half_deleted(pair: Pair) -> None:
    """The tombstone comes of age in a moment."""
    pair.fallback.held |= {key: (b"", pair.clock.now()) for key in (KEY, tombstone_key(KEY))}
    pair.clock.now_s += GRACE_S


@pytest.mark.parametrize("incident", ["stands still", "dies"])
@pytest.mark.parametrize("order", ["jjjd", "jjdj", "jdjj", "djjj", "jjj"])
@pytest.mark.parametrize("before", [_stray, _home_for_long, _half_deleted])
async def test_an_incident_at_any_moment_does_no_harm(
    before: Callable[[Pair], Coroutine[Any, Any, None]], order: str, incident: str
) -> None:
    at_turn = 0
    while True:
        at_turn += 1
        race = Race(order, at_turn, incident)
        await before(race.pair)
        await race.run()
        gone = race.deleted or before is _half_deleted
        promised = not (order[0] == "d" and incident == "dies")
        if promised:
            assert _keys(race.pair.primary) == (set() if gone else {KEY}), f"turn {at_turn}"
        assert not _keys(race.pair.fallback), f"turn {at_turn}"
        if not race.happened:
            break


def _keys(bucket: MemoryBucket) -> set[str]:
    """Without what a probe that was killed has left."""
    return bucket.held.keys() - {PROBE_KEY}
