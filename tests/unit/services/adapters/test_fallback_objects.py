"""Two stores as one: what works while one is away, what is said, and what is made up for afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import perf_counter

import pytest
from prometheus_client import REGISTRY

from services.adapters import breaker, fallback_objects
from services.adapters.fallback_objects import FallbackObjects
from services.adapters.reconciler import GRACE_S
from services.core.conventions import tombstone_key
from services.core.errors import StoreUnavailable
from tests.unit.services.adapters.buckets import TIMEOUT_S, Fate, Pair

IMAGES = {"check/1/a": b"a", "check/1/b": b"b"}
KEYS = list(IMAGES)
AWAY = [Fate.REFUSED, Fate.UNANSWERED]


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture
def pair() -> Pair:
    return Pair()


@pytest.fixture
async def objects(pair: Pair) -> AsyncIterator[FallbackObjects]:
    objects = pair.process()
    yield objects
    await objects.close()


async def test_while_both_answer_the_primary_alone_is_written_to(
    pair: Pair, objects: FallbackObjects
) -> None:
    await objects.put(IMAGES)
    assert await objects.get(KEYS) == IMAGES
    assert pair.primary.held.keys() == IMAGES.keys()
    await objects.delete(KEYS)
    assert await objects.get(KEYS) == {}
    assert pair.primary.held == pair.fallback.held == {}


@pytest.mark.parametrize("fate", AWAY)
async def test_a_check_goes_through_while_the_primary_is_away(
    pair: Pair, objects: FallbackObjects, fate: Fate
) -> None:
    pair.primary.fails(fate)
    before = metric("ekyc_object_store_fallback_total", operation="put")
    await objects.put(IMAGES)
    assert await objects.get(KEYS) == IMAGES
    assert await pair.process().get(KEYS) == IMAGES
    await objects.delete(KEYS)
    assert metric("ekyc_object_store_fallback_total", operation="put") == before + 1
    await pair.settle()
    assert pair.primary.held == pair.fallback.held == {}


@pytest.mark.parametrize("fate", AWAY)
async def test_a_check_goes_through_while_the_fallback_is_away(
    pair: Pair, objects: FallbackObjects, fate: Fate
) -> None:
    pair.fallback.fails(fate)
    await objects.put(IMAGES)
    assert await objects.get(KEYS) == IMAGES
    await objects.delete(KEYS)
    assert not pair.primary.held.keys() & IMAGES.keys()
    await pair.settle()
    assert pair.primary.held == pair.fallback.held == {}


async def test_an_object_is_missing_only_when_both_say_so(pair: Pair, objects: FallbackObjects) -> None:
    assert await objects.get(KEYS) == {}
    for bucket in pair.both:
        bucket.fails(Fate.REFUSED)
        with pytest.raises(StoreUnavailable):
            await pair.process().get(KEYS)
        bucket.fails(Fate.WELL)


async def test_objects_are_found_wherever_each_of_them_is(pair: Pair, objects: FallbackObjects) -> None:
    await pair.primary.put({KEYS[0]: IMAGES[KEYS[0]]})
    await pair.fallback.put({KEYS[1]: IMAGES[KEYS[1]]})
    assert await objects.get(KEYS) == IMAGES


async def test_nothing_is_accepted_while_both_are_away(pair: Pair, objects: FallbackObjects) -> None:
    for bucket in pair.both:
        bucket.fails(Fate.REFUSED)
    for operation in (objects.put(IMAGES), objects.get(KEYS), objects.delete(KEYS), objects.ready()):
        with pytest.raises(StoreUnavailable):
            await operation
    with pytest.raises(StoreUnavailable):
        await objects.reconcile()


async def test_ready_while_one_answers_and_says_which_does_not(
    pair: Pair, objects: FallbackObjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fallback_objects, "READY_WITHIN_S", 0.05)
    assert await objects.ready() is None
    assert pair.fallback.calls == 0
    pair.primary.fails(Fate.SILENT)
    assert await objects.ready() == "degraded: the primary store is away"
    pair.primary.fails(Fate.WELL)
    pair.fallback.fails(Fate.REFUSED)
    await objects.delete(KEYS)
    assert await objects.ready() == "degraded: the fallback store is away"


async def test_a_store_that_is_away_is_waited_for_once(pair: Pair, objects: FallbackObjects) -> None:
    pair.primary.fails(Fate.SILENT)
    spent = []
    for number in range(3):
        started = perf_counter()
        await objects.put({f"check/{number}/a": b"a"})
        spent.append(perf_counter() - started)
    assert spent[0] >= TIMEOUT_S > 10 * max(spent[1:])
    assert metric("ekyc_object_store_breaker_open", store="primary") == 1


async def test_a_store_that_is_back_is_used_again(pair: Pair, objects: FallbackObjects) -> None:
    pair.primary.fails(Fate.REFUSED)
    await objects.put(IMAGES)
    assert metric("ekyc_object_store_breaker_open", store="primary") == 1
    pair.primary.fails(Fate.WELL)
    await asyncio.sleep(0.05)
    assert metric("ekyc_object_store_breaker_open", store="primary") == 0
    await objects.put({"check/2/a": b"a"})
    assert pair.primary.held.keys() == {"check/2/a"}


async def test_an_outage_is_two_lines_in_the_log(
    pair: Pair, objects: FallbackObjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    for level in ("warning", "info"):
        monkeypatch.setattr(breaker.log, level, lambda event, **_: said.append(event))
    pair.primary.fails(Fate.REFUSED)
    await asyncio.gather(*(objects.put({f"check/{number}/a": b"a"}) for number in range(5)))
    pair.primary.fails(Fate.WELL)
    await asyncio.sleep(0.05)
    assert said == ["object store is away", "object store is back"]


async def test_strays_come_home_and_leave_the_fallback_after_the_grace(
    pair: Pair, objects: FallbackObjects
) -> None:
    await pair.fallback.put(IMAGES)
    await objects.reconcile()
    assert pair.primary.held.keys() == pair.fallback.held.keys() == IMAGES.keys()
    assert await objects.get(KEYS) == IMAGES
    pair.pass_grace()
    await objects.reconcile()
    assert pair.primary.held.keys() == IMAGES.keys()
    assert pair.fallback.held == {}


async def test_what_was_deleted_in_the_meantime_does_not_come_home(
    pair: Pair, objects: FallbackObjects
) -> None:
    """The delete runs between the reconciler's reading and its writing."""
    await pair.fallback.put(IMAGES)
    pair.primary.before_put = pair.process().delete
    await objects.reconcile()
    assert not (pair.primary.held.keys() | pair.fallback.held.keys()) & IMAGES.keys()
    await pair.settle()
    assert pair.primary.held == pair.fallback.held == {}


async def test_a_tombstone_stands_for_a_grace(pair: Pair, objects: FallbackObjects) -> None:
    await pair.fallback.put(IMAGES)
    await objects.delete(KEYS)
    assert pair.fallback.held.keys() == {tombstone_key(key) for key in KEYS}
    pair.clock.now_s += GRACE_S
    await objects.reconcile()
    assert metric("ekyc_object_store_unsettled", kind="tombstone") == 2
    pair.clock.now_s += 1
    await objects.reconcile()
    assert pair.fallback.held == {}
    assert metric("ekyc_object_store_unsettled", kind="tombstone") == 0


async def test_one_that_cannot_be_copied_does_not_hold_the_others_up(
    pair: Pair, objects: FallbackObjects
) -> None:
    await pair.fallback.put({f"check/{number}/a": b"a" for number in range(10)})

    async def too_large(keys: list[str]) -> None:
        if "check/1/a" in keys:
            raise StoreUnavailable

    pair.primary.before_put = too_large
    await objects.reconcile()
    assert len(pair.primary.held) == 9
    assert metric("ekyc_object_store_unsettled", kind="stray") == 1


async def test_expiry_reaches_both(pair: Pair, objects: FallbackObjects) -> None:
    await pair.primary.put({"check/1/a": b"old"})
    await pair.fallback.put({"check/2/a": b"old"})
    pair.clock.now_s += 100
    await pair.fallback.put({"check/3/a": b"new"})
    await objects.expire(pair.clock.now_s - 50)
    assert pair.primary.held == {}
    assert pair.fallback.held.keys() == {"check/3/a"}
