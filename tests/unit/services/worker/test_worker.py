"""What a worker promises: once, in time, one by one where it must, and nothing lost on the way out."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import chain

from services.core.errors import StoreUnavailable
from services.core.messages import Reply, Status
from services.ports import ObjectStore, Ports
from tests.unit.services.rig import CHECK, TTL_S, FakeClock, Rig, StubModel, queued, stub_check, until


async def test_a_task_is_answered_stored_and_forgotten(rig: Rig) -> None:
    (task_id,) = await rig.send("hello")
    reply = await rig.reply(task_id)
    assert (reply.status, reply.result) == (Status.DONE, {"seen": "hello"})
    assert {"queue", "fetch", "total"} <= reply.timings_ms.keys()
    await rig.drain()
    record = await rig.ports.results.get(task_id)
    assert record is not None
    assert record.reply == reply
    assert await rig.ports.objects.get([f"{CHECK}/{task_id}/image"]) == {}
    assert await rig.left() == []


async def test_tasks_travel_in_small_batches(rig: Rig, model: StubModel) -> None:
    model.free.clear()
    ids = await rig.send(*"abcdefghi")
    await until(lambda: len(model.batches) == 1)
    model.free.set()
    await asyncio.gather(*(rig.reply(one) for one in ids))
    assert sorted(chain.from_iterable(model.batches)) == list("abcdefghi")
    assert max(map(len, model.batches)) <= 4
    assert len(model.batches) < 9


async def test_a_refusal_is_an_answer(rig: Rig) -> None:
    (task_id,) = await rig.send("empty")
    reply = await rig.reply(task_id)
    assert (reply.status, reply.error and reply.error["code"]) == (Status.FAILED, "no-face")


async def test_poison_ends_alone(rig: Rig) -> None:
    good, poison, other = await rig.send("good", "poison", "other")
    assert (await rig.reply(good)).result == {"seen": "good"}
    assert (await rig.reply(other)).result == {"seen": "other"}
    reply = await rig.reply(poison)
    assert reply.error is not None
    assert reply.error["code"] == "model-failed"
    await rig.drain()
    assert [poison.encode() in body for body in rig.broker.dead(CHECK)] == [True]


async def test_an_expired_task_never_reaches_the_model(rig: Rig, model: StubModel, clock: FakeClock) -> None:
    task = await queued(rig.ports, "late", ttl_s=0)
    assert (await rig.reply(task.id)).status is Status.EXPIRED
    assert model.batches == []
    assert await rig.ports.objects.get(list(task.images.values())) == {}


async def test_a_task_may_expire_while_it_waits_for_the_model(
    rig: Rig, model: StubModel, clock: FakeClock
) -> None:
    model.free.clear()
    (first,) = await rig.send("first")
    await until(lambda: model.batches == [["first"]])
    (second,) = await rig.send("second")
    await asyncio.sleep(0.1)
    clock.now_s += TTL_S
    model.free.set()
    assert (await rig.reply(first)).status is Status.DONE
    assert (await rig.reply(second)).status is Status.EXPIRED
    assert model.batches == [["first"]]


async def test_an_answered_task_is_not_computed_again(ports: Ports, model: StubModel) -> None:
    task = await queued(ports, "once")
    earlier = Reply(id=task.id, check=CHECK, status=Status.DONE, result={"seen": "earlier"})
    await ports.results.finish(earlier)
    consumer = await ports.broker.consume(CHECK, 1)
    lost = await consumer.take()
    assert lost is not None
    await lost.hand_back()
    rig = await Rig.start(ports, stub_check(model))
    assert await rig.reply(task.id) == earlier
    await rig.drain()
    assert model.batches == []
    assert await rig.left() == []


async def test_the_first_word_stands(rig: Rig, model: StubModel) -> None:
    """The API may have called the check expired while the model still computed."""
    model.free.clear()
    (task_id,) = await rig.send("slow")
    await until(lambda: bool(model.batches))
    said = Reply(
        id=task_id, check=CHECK, status=Status.EXPIRED, error={"code": "check-expired", "detail": ""}
    )
    await rig.ports.results.finish(said)
    model.free.set()
    assert await rig.reply(task_id) == said


async def test_an_unreadable_task_is_set_aside(rig: Rig) -> None:
    task = await queued(rig.ports, "fine")
    strange = task.model_copy(update={"version": 9})
    await rig.broker.publish(strange)
    await rig.reply(task.id)
    await until(lambda: rig.broker.dead(CHECK) == [strange.encode()])


async def test_a_lost_image_is_our_fault(ports: Ports, model: StubModel) -> None:
    task = await queued(ports, "gone")
    await ports.objects.delete(list(task.images.values()))
    rig = await Rig.start(ports, stub_check(model))
    reply = await rig.reply(task.id)
    assert reply.error is not None
    assert reply.error["code"] == "image-lost"
    await rig.drain()


async def test_an_outage_of_the_store_is_waited_out(ports: Ports, model: StubModel) -> None:
    rig = await Rig.start(replace(ports, objects=Outage(ports.objects, times=5)), stub_check(model))
    (task_id,) = await rig.send("patience")
    assert (await rig.reply(task_id)).status is Status.DONE
    await rig.drain()


async def test_an_outage_that_outlasts_the_deadline_gives_the_task_back(
    ports: Ports, model: StubModel, clock: FakeClock
) -> None:
    rig = await Rig.start(replace(ports, objects=Outage(ports.objects, times=10**9)), stub_check(model))
    (task_id,) = await rig.send("patience")
    assert (await rig.reply(task_id)).status is Status.EXPIRED
    await rig.drain()
    assert model.batches == []


async def test_draining_finishes_what_runs_and_leaves_the_rest(rig: Rig, model: StubModel) -> None:
    model.free.clear()
    ids = await rig.send(*"abcdefghijkl")
    await until(lambda: bool(model.batches))
    await asyncio.sleep(0.1)
    draining = asyncio.gather(rig.drain(), rig.worker.drain())
    model.free.set()
    await draining
    left = await rig.left()
    assert len(left) == 4
    assert sorted([*left, *rig.replies]) == sorted(ids)


async def test_a_worker_drained_before_it_began_ends_at_once(ports: Ports, model: StubModel) -> None:
    rig = await Rig.start(ports, stub_check(model))
    await rig.drain()
    (task_id,) = await rig.send("later")
    assert await rig.left() == [task_id]


class Outage:
    """An object store that fails so many times."""

    def __init__(self, store: ObjectStore, times: int):
        self._store = store
        self._times = times
        self.put, self.delete = store.put, store.delete
        self.open, self.ready, self.close = store.open, store.ready, store.close

    async def get(self, keys: list[str]) -> dict[str, bytes]:
        self._times -= 1
        if self._times >= 0:
            raise StoreUnavailable
        return await self._store.get(keys)
