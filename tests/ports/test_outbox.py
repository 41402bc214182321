"""What every outbox promises: nothing is lost, and nothing is sent by two at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from services.adapters.sealing import Sealer, new_keys
from services.adapters.sql import Database, SqlOutbox, SqlResults, SqlWebhooks
from services.core.errors import BrokerUnavailable, FaceMissing, ResultsUnavailable, SealKeyUnknown
from services.core.events import TYPES, of_test
from services.core.messages import Reply, Status, Task
from services.core.webhooks import Attempt, Delivery, DeliveryState, Endpoint, new_secret
from tests.ports.conftest import SEALER

NOW_S = 1_795_000_000.0


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def webhooks(database: Database) -> SqlWebhooks:
    return SqlWebhooks(database, SEALER)


@pytest.fixture
def outbox(database: Database) -> SqlOutbox:
    return SqlOutbox(database)


@pytest.fixture
def results(database: Database) -> SqlResults:
    return SqlResults(database, SEALER)


def an_id() -> str:
    return uuid4().hex[:16]


async def new_endpoint(webhooks: SqlWebhooks, tenant: str, *events: str) -> Endpoint:
    endpoint = Endpoint(
        id=an_id(), tenant_id=tenant, url=f"https://h/{an_id()}", events=[*events], created_at_s=NOW_S
    )
    assert await webhooks.add(endpoint, [new_secret()])
    return endpoint


async def ended(results: SqlResults, tenant: str, error: Exception | None = None, at_s: float = NOW_S) -> str:
    """A check that was made and is over."""
    task = Task(
        id=uuid4().hex, tenant=tenant, check="face-match", images={}, created_at_s=at_s, deadline_s=at_s + 60
    )
    await results.create(task)
    reply = Reply(id=task.id, check=task.check, status=Status.DONE, result={}, timings_ms={"total": 500})
    await results.finish(Reply.failed(task, error) if error else reply)  # type: ignore[arg-type]
    return task.id


async def claimed(outbox: SqlOutbox, endpoint: Endpoint, now_s: float = NOW_S + 60) -> list[Delivery]:
    """All that is due of one endpoint; other tests' may be due as well."""
    found = await outbox.claim(now_s, now_s + 9, 10_000, [])
    return [delivery for delivery in found if delivery.webhook_id == endpoint.id]


async def test_how_a_check_ended_is_put_in_for_each_endpoint_that_asked(
    webhooks: SqlWebhooks, outbox: SqlOutbox, results: SqlResults
) -> None:
    tenant = an_id()
    every, off = await new_endpoint(webhooks, tenant, *TYPES), await new_endpoint(webhooks, tenant, *TYPES)
    failed_only = await new_endpoint(webhooks, tenant, "check.failed")
    another = await new_endpoint(webhooks, an_id(), *TYPES)
    await webhooks.disable(off.id, NOW_S, "operator")
    done, failed = await ended(results, tenant), await ended(results, tenant, FaceMissing())
    await ended(results, tenant, BrokerUnavailable())
    (later, sooner) = await outbox.page(every.id, 9)
    assert (sooner.type, sooner.created_at_s, later.type) == ("check.completed", NOW_S + 0.5, "check.failed")
    assert (done in sooner.payload, failed in later.payload) == (True, True)
    assert [one.type for one in await outbox.page(failed_only.id, 9)] == ["check.failed"]
    assert await outbox.page(another.id, 9) == await outbox.page(off.id, 9) == []


async def test_a_second_final_word_is_no_second_event(
    webhooks: SqlWebhooks, outbox: SqlOutbox, results: SqlResults
) -> None:
    endpoint = await new_endpoint(webhooks, an_id(), *TYPES)
    check_id = await ended(results, endpoint.tenant_id)
    await results.finish(Reply(id=check_id, check="face-match", status=Status.DONE, result={}))
    assert len(await outbox.page(endpoint.id, 9)) == 1


async def test_of_many_who_claim_each_gets_others_and_those_who_died_are_followed(
    webhooks: SqlWebhooks, outbox: SqlOutbox
) -> None:
    endpoint = await new_endpoint(webhooks, an_id(), *TYPES)
    for number in range(12):
        await outbox.put(endpoint, of_test(endpoint.id, str(number), NOW_S))
    several = await asyncio.gather(*(claimed(outbox, endpoint) for _ in range(4)))
    assert len({one.id for some in several for one in some}) == sum(map(len, several)) == 12
    assert await claimed(outbox, endpoint, NOW_S + 68) == []
    assert len(await claimed(outbox, endpoint, NOW_S + 69)) == 12


async def test_the_longest_overdue_come_first_and_some_endpoints_are_left_out(
    webhooks: SqlWebhooks, outbox: SqlOutbox
) -> None:
    endpoint = await new_endpoint(webhooks, an_id(), *TYPES)
    ages = {age: await outbox.put(endpoint, of_test(endpoint.id, str(age), age)) for age in (2, 1)}
    assert await outbox.claim(0, 9, 10, []) == []
    (first,) = await outbox.claim(2, 9, 1, [])
    assert first.id == ages[1].id
    assert all(one.id != ages[2].id for one in await outbox.claim(2, 9, 10, [endpoint.id]))


async def test_what_became_of_a_claim_that_ran_out_is_not_written(
    webhooks: SqlWebhooks, outbox: SqlOutbox
) -> None:
    endpoint = await new_endpoint(webhooks, an_id(), *TYPES)
    await outbox.put(endpoint, of_test(endpoint.id, "1", NOW_S))
    (slow,) = await claimed(outbox, endpoint)
    (quick,) = await claimed(outbox, endpoint, NOW_S + 100)
    attempt = Attempt(at_s=NOW_S, ms=5, status=200)
    assert not await outbox.record(slow, slow.after(attempt, NOW_S, 0))
    assert await outbox.record(quick, quick.after(attempt, NOW_S, 0))
    found = await outbox.find(endpoint.id, quick.id)
    assert found is not None
    assert (found.state, found.attempts) == (DeliveryState.DELIVERED, [attempt])
    assert await claimed(outbox, endpoint, NOW_S + 10_000) == []


async def test_sent_by_hand_it_is_due_with_all_its_tries(webhooks: SqlWebhooks, outbox: SqlOutbox) -> None:
    endpoint = await new_endpoint(webhooks, an_id(), *TYPES)
    await outbox.put(endpoint, of_test(endpoint.id, "1", NOW_S))
    (one,) = await claimed(outbox, endpoint)
    gone = one.after(Attempt(at_s=NOW_S, ms=5, status=410), NOW_S, 0)
    await outbox.record(one, gone)
    await outbox.resend(endpoint.id, one.id, NOW_S + 20)
    (again,) = await claimed(outbox, endpoint, NOW_S + 20)
    assert (again.failures, again.attempts, again.payload) == (0, gone.attempts, one.payload)


async def test_pages_follow_each_other(webhooks: SqlWebhooks, outbox: SqlOutbox) -> None:
    endpoint = await new_endpoint(webhooks, an_id(), *TYPES)
    put = [await outbox.put(endpoint, of_test(endpoint.id, str(n), NOW_S + n // 2)) for n in range(5)]
    newest = sorted(put, key=lambda one: (one.created_at_s, one.id), reverse=True)
    first = await outbox.page(endpoint.id, 2)
    assert first == newest[:2]
    assert await outbox.page(endpoint.id, 9, after=first[-1].id) == newest[2:]
    assert await outbox.page(endpoint.id, 9, state=DeliveryState.DEAD) == []
    assert await outbox.page(endpoint.id, 9, after="msg_of_nobody") == []


async def test_what_is_switched_off_or_removed_gets_nothing(webhooks: SqlWebhooks, outbox: SqlOutbox) -> None:
    endpoint = await new_endpoint(webhooks, an_id(), *TYPES)
    await outbox.put(endpoint, of_test(endpoint.id, "1", NOW_S))
    await webhooks.disable(endpoint.id, NOW_S + 1, "gone")
    await webhooks.disable(endpoint.id, NOW_S + 2, "operator")
    (off,) = await webhooks.all(endpoint.tenant_id)
    assert (off.disabled_at_s, off.disabled_because) == (NOW_S + 1, "gone")
    assert [one.state for one in await outbox.page(endpoint.id, 9)] == [DeliveryState.DEAD]
    await webhooks.remove(off)
    assert await webhooks.find(endpoint.id) is None
    assert not await webhooks.secrets(endpoint.id)
    assert not await outbox.page(endpoint.id, 9)


async def test_a_url_is_a_tenants_once(webhooks: SqlWebhooks) -> None:
    endpoint = await new_endpoint(webhooks, an_id(), *TYPES)
    twin = endpoint.model_copy(update={"id": an_id()})
    assert not await webhooks.add(twin, [new_secret()])
    assert await webhooks.add(twin.model_copy(update={"tenant_id": an_id()}), [new_secret()])


async def test_secrets_rest_sealed(webhooks: SqlWebhooks, database: Database) -> None:
    endpoint, secrets = await new_endpoint(webhooks, an_id(), *TYPES), [new_secret(), new_secret()]
    await webhooks.save_secrets(endpoint.id, secrets)
    assert await webhooks.secrets(endpoint.id) == secrets
    with pytest.raises(SealKeyUnknown):
        await SqlWebhooks(database, Sealer.of(new_keys("other"))).secrets(endpoint.id)


async def test_the_backlog_is_counted_and_the_old_are_forgotten(
    webhooks: SqlWebhooks, outbox: SqlOutbox
) -> None:
    endpoint = await new_endpoint(webhooks, an_id(), *TYPES)
    before, _ = await outbox.backlog(100)
    for number in range(3):
        await outbox.put(endpoint, of_test(endpoint.id, str(number), number))
    count, overdue_s = await outbox.backlog(100)
    assert (count - before, overdue_s >= 100) == (3, True)
    assert await outbox.forget(2, 1) == 1
    while await outbox.forget(2, 9):
        pass
    assert [one.created_at_s for one in await outbox.page(endpoint.id, 9)] == [2]
    await webhooks.remove(endpoint)


async def test_tables_that_are_away_say_so() -> None:
    away = Database("postgresql+asyncpg://nobody:secret@127.0.0.1:9/none")
    for operation in (SqlOutbox(away).claim(0, 1, 1, []), SqlWebhooks(away, SEALER).all("t")):
        with pytest.raises(ResultsUnavailable):
            await operation
