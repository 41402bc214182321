"""What a worker promises: once, in time, one by one where it must, and nothing lost on the way out."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import chain

import pytest
from prometheus_client import REGISTRY

from services.core.conventions import image_key
from services.core.errors import SealBroken, SealKeyUnknown, ServiceError, StoreUnavailable
from services.core.messages import Reply, Status
from services.core.tenants import LOCAL_ID
from services.ports import ObjectStore, Ports
from services.worker import jobs
from services.worker.worker import Batching
from tests.unit.services.rig import CHECK, TTL_S, FakeClock, Rig, StubModel, queued, stub_check, until


async def test_a_task_is_answered_stored_and_forgotten(rig: Rig) -> None:
    (task_id,) = await rig.send("hello")
    reply = await rig.reply(task_id)
    assert (reply.status, reply.result) == (Status.DONE, {"seen": "hello"})
    assert {"queue", "fetch", "total"} <= reply.timings_ms.keys()
    await rig.drain()
    record = await rig.ports.results.get(LOCAL_ID, task_id)
    assert record is not None
    assert record.reply == reply
    assert await rig.ports.objects.get([image_key(LOCAL_ID, CHECK, task_id, "image")]) == {}
    assert await rig.left() == []


async def test_what_a_worker_measures_has_an_edge_at_the_objective(rig: Rig) -> None:
    (task_id,) = await rig.send("hello")
    await rig.reply(task_id)
    edge = {"check": CHECK, "le": "3.0"}
    for stage in ("queue", "fetch"):
        within = REGISTRY.get_sample_value("ekyc_stage_duration_seconds_bucket", edge | {"stage": stage})
        assert within is not None
        assert within >= 1
    assert REGISTRY.get_sample_value("ekyc_queue_wait_seconds_bucket", edge)
    assert REGISTRY.get_sample_value("ekyc_batch_size_tasks_count", {"check": CHECK})


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
    await rig.drain()  # the images go after the reply
    assert model.batches == []
    await rig.drain()  # its image goes after the reply
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


async def test_an_image_that_cannot_be_reached_holds_nobody_up(
    real_time_ports: Ports, model: StubModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "RETRY_S", 0.05)
    outage = Outage(real_time_ports.objects, times=10**9)
    rig = await Rig.start(replace(real_time_ports, objects=outage), stub_check(model))
    stuck = await rig.send(*(["stuck"] * 20))
    outage.spared = await rig.send("fine")
    assert (await rig.reply(outage.spared[0])).status is Status.DONE
    assert rig.replies.keys() == set(outage.spared)
    outage.end()
    assert [(await rig.reply(one)).status for one in stuck] == [Status.DONE] * 20
    await rig.drain()
    assert (rig.broker.dead(CHECK), await rig.left()) == ([], [])


async def test_a_damaged_image_is_our_fault(ports: Ports, model: StubModel) -> None:
    damaged = Outage(ports.objects, times=1, failure=SealBroken)
    rig = await Rig.start(replace(ports, objects=damaged), stub_check(model))
    (task_id,) = await rig.send("scratched")
    reply = await rig.reply(task_id)
    assert reply.error is not None
    assert reply.error["code"] == "seal-broken"
    await rig.drain()


async def test_an_image_sealed_with_an_unknown_key_goes_to_another_worker(
    ports: Ports, model: StubModel
) -> None:
    rig = await Rig.start(
        replace(ports, objects=Outage(ports.objects, times=2, failure=SealKeyUnknown)), stub_check(model)
    )
    (task_id,) = await rig.send("sealed")
    assert (await rig.reply(task_id)).status is Status.DONE
    await rig.drain()


async def test_an_outage_that_outlasts_the_deadline_is_said(
    ports: Ports, model: StubModel, clock: FakeClock
) -> None:
    rig = await Rig.start(replace(ports, objects=Outage(ports.objects, times=10**9)), stub_check(model))
    (task_id,) = await rig.send("patience")
    assert (await rig.reply(task_id)).status is Status.EXPIRED
    await rig.drain()
    assert model.batches == []


async def test_draining_finishes_what_runs_and_leaves_the_rest(ports: Ports, model: StubModel) -> None:
    model.free.clear()
    # Full batches, however slowly a busy machine sends.
    rig = await Rig.start(ports, stub_check(model), Batching(size=4, wait_s=5))
    ids = await rig.send(*"abcdefghijkl")
    await until(lambda: bool(model.batches))
    await asyncio.sleep(0.1)
    draining = asyncio.gather(rig.drain(), rig.worker.drain())
    model.free.set()
    await draining
    left = await rig.left()
    assert len(left) >= 4  # two batches of four at most were in hand
    assert sorted([*left, *rig.replies]) == sorted(ids)


async def test_a_worker_drained_before_it_began_ends_at_once(ports: Ports, model: StubModel) -> None:
    rig = await Rig.start(ports, stub_check(model))
    await rig.drain()
    (task_id,) = await rig.send("later")
    assert await rig.left() == [task_id]


class Outage:
    """An object store that fails so many times."""

    def __init__(self, store: ObjectStore, times: int, failure: type[ServiceError] = StoreUnavailable):
        self._store = store
        self._times = times
        self._failure = failure
        self.spared: list[str] = []
        """Ids of the tasks whose images can be reached all the same."""
        self.put, self.delete = store.put, store.delete
        self.reconcile, self.expire, self.digests = store.reconcile, store.expire, store.digests
        self.open, self.ready, self.close = store.open, store.ready, store.close

    def end(self) -> None:
        self._times = 0

    async def get(self, keys: list[str]) -> dict[str, bytes]:
        self._times -= 1
        if self._times >= 0 and not any(task_id in key for task_id in self.spared for key in keys):
            raise self._failure
        return await self._store.get(keys)
