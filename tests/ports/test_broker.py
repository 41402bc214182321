"""What every broker promises."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from services import tracing
from services.core.backlog import Load
from services.core.conventions import DELIVERY_LIMIT, QUEUE_MAX_TASKS
from services.core.errors import QueueFull
from services.core.messages import Reply, Status, Task
from services.ports import Broker, Consumer, Delivery
from tests.ports.conftest import BrokerSet


def new_task(check: str) -> Task:
    return Task(id=uuid4().hex, check=check, images={"a": "k"}, created_at_s=0, deadline_s=9e9)


async def taken(consumer: Consumer, within_s: float = 5) -> Delivery:
    delivery = await asyncio.wait_for(consumer.take(), within_s)
    assert delivery is not None
    return delivery


async def nothing_comes(consumer: Consumer) -> bool:
    try:
        await asyncio.wait_for(consumer.take(), 0.3)
    except TimeoutError:
        return True
    return False


async def test_a_task_is_taken_replied_to_and_gone(broker: Broker, check: str, brokers: BrokerSet) -> None:
    heard: asyncio.Queue[Reply] = asyncio.Queue()
    asking = await brokers.connect(QUEUE_MAX_TASKS, heard.put_nowait)
    consumer = await broker.consume(check, prefetch=2)
    task = new_task(check)
    await asking.publish(task)
    delivery = await taken(consumer)
    assert Task.decode(delivery.body) == task
    assert not delivery.redelivered
    reply = Reply(id=task.id, check=check, status=Status.DONE, result={"x": 1})
    await delivery.reply(reply)
    assert await asyncio.wait_for(heard.get(), 5) == reply
    await delivery.ack()
    await consumer.stop()
    assert await nothing_comes(await broker.consume(check, prefetch=2))


async def test_a_trace_travels_with_the_task_and_comes_back_with_it(broker: Broker, check: str) -> None:
    sent = f"00-{'a' * 32}-{'b' * 16}-01"
    with tracing.within(tracing.read(sent)):
        await broker.publish(new_task(check))
    await broker.publish(new_task(check))
    consumer = await broker.consume(check, prefetch=1)
    first = await taken(consumer)
    assert first.traceparent == sent
    await first.hand_back()
    again = await taken(consumer)
    assert again.traceparent == sent
    await again.ack()
    assert (await taken(consumer)).traceparent is None


async def test_tasks_come_in_order(broker: Broker, check: str) -> None:
    tasks = [new_task(check) for _ in range(10)]
    for task in tasks:
        await broker.publish(task)
    consumer = await broker.consume(check, prefetch=10)
    assert [Task.decode((await taken(consumer)).body).id for _ in tasks] == [task.id for task in tasks]


async def test_a_task_handed_back_comes_again(broker: Broker, check: str) -> None:
    await broker.publish(new_task(check))
    consumer = await broker.consume(check, prefetch=1)
    await (await taken(consumer)).hand_back()
    assert (await taken(consumer)).redelivered


async def test_a_task_that_comes_back_too_often_is_dead(
    broker: Broker, check: str, brokers: BrokerSet
) -> None:
    task = new_task(check)
    await broker.publish(task)
    consumer = await broker.consume(check, prefetch=1)
    for _ in range(DELIVERY_LIMIT + 1):
        await (await taken(consumer)).hand_back()
    assert await nothing_comes(consumer)
    assert await brokers.dead(check) == [task.encode()]


async def test_a_task_can_be_set_aside(broker: Broker, check: str, brokers: BrokerSet) -> None:
    task = new_task(check)
    await broker.publish(task)
    consumer = await broker.consume(check, prefetch=1)
    await (await taken(consumer)).dead_letter()
    assert await nothing_comes(consumer)
    assert await brokers.dead(check) == [task.encode()]


async def test_a_full_queue_refuses(brokers: BrokerSet, check: str) -> None:
    broker = await brokers.connect(3)
    accepted = await _filled(broker, check)
    assert 3 <= accepted < 20
    consumer = await broker.consume(check, prefetch=100)
    for _ in range(accepted):
        await (await taken(consumer)).ack()


async def test_no_more_than_the_prefetch_is_handed_out(broker: Broker, check: str) -> None:
    for _ in range(3):
        await broker.publish(new_task(check))
    consumer = await broker.consume(check, prefetch=2)
    first, _second = await taken(consumer), await taken(consumer)
    assert await nothing_comes(consumer)
    await first.ack()
    await taken(consumer)


async def test_giving_up_waiting_loses_nothing(broker: Broker, check: str) -> None:
    consumer = await broker.consume(check, prefetch=1)
    for _ in range(20):
        waiting = asyncio.create_task(consumer.take())
        await asyncio.sleep(0)
        waiting.cancel()
    task = new_task(check)
    await broker.publish(task)
    assert Task.decode((await taken(consumer)).body) == task


async def test_a_stopped_consumer_gives_the_rest_to_another(broker: Broker, check: str) -> None:
    tasks = [new_task(check) for _ in range(4)]
    for task in tasks:
        await broker.publish(task)
    stopping = await broker.consume(check, prefetch=4)
    mine = await taken(stopping)
    other = await broker.consume(check, prefetch=4)
    await stopping.stop()
    await stopping.stop()
    assert await stopping.take() is None
    assert await stopping.take() is None
    left = {Task.decode((await taken(other)).body).id for _ in range(3)}
    await mine.ack()
    assert left == {task.id for task in tasks} - {Task.decode(mine.body).id}


async def test_who_waits_when_it_stops_is_told(broker: Broker, check: str) -> None:
    consumer = await broker.consume(check, prefetch=1)
    waiting = asyncio.gather(consumer.take(), consumer.take())
    await asyncio.sleep(0.05)
    await consumer.stop()
    assert list(await asyncio.wait_for(waiting, 5)) == [None] * 2


async def test_the_load_is_what_no_worker_has_and_who_could(broker: Broker, check: str) -> None:
    assert await broker.load(check) == Load(0, 0)
    for _ in range(5):
        await broker.publish(new_task(check))
    consumer = await broker.consume(check, prefetch=2)
    first, second = await taken(consumer), await taken(consumer)
    assert await broker.load(check) == Load(3, 1)
    # Who leaves with tasks in hand may count until they are ended.
    for delivery in (first, second):
        await delivery.ack()
    for _ in range(3):
        await (await taken(consumer)).ack()
    await consumer.stop()
    assert await broker.load(check) == Load(0, 0)


async def _filled(broker: Broker, check: str) -> int:
    """Publish until the queue is full; a quorum queue may take a few more than it says."""
    for accepted in range(100):
        try:
            await broker.publish(new_task(check))
        except QueueFull:
            return accepted
    pytest.fail("the queue is not bounded")
