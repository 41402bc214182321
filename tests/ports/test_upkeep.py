"""What rests is sealed, sealed anew, deleted in time and on request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import sqlalchemy as sa

from services.adapters.notary import Ed25519Notary
from services.adapters.sealing import Sealer, new_keys
from services.adapters.sql import Database, SqlDeletions, SqlResults, SqlUpkeep, SqlUsage
from services.adapters.sql.tables import checks
from services.core.deletion_errors import CheckDeleted
from services.core.deletions import Erased
from services.core.errors import SealKeyUnknown
from services.core.idempotency import Claim
from services.core.messages import Reply, Status, Task
from tests.ports.conftest import SEALER

NOW_S = 1_795_000_000.0
RING = new_keys("old")
OLD = Sealer.of(RING)
BOTH = Sealer.of(f"{new_keys('new')},{RING}")
"""The new key is in front."""


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def tenant() -> str:
    return uuid4().hex[:16]


def new_task(tenant: str, at_s: float = NOW_S) -> Task:
    return Task(
        id=uuid4().hex,
        tenant=tenant,
        check="document-ocr",
        images={},
        created_at_s=at_s,
        deadline_s=at_s + 60,
    )


def done(task: Task) -> Reply:
    return Reply(id=task.id, check=task.check, status=Status.DONE, result={"name": "ŽOFIE"})


async def answered(database: Database, task: Task, sealer: Sealer = SEALER) -> Reply:
    results = SqlResults(database, sealer)
    await results.create(task)
    return await results.finish(done(task))


async def row_of(database: Database, task: Task) -> sa.Row[*tuple[object, ...]]:
    async with database.statement() as connection:
        return (await connection.execute(sa.select(checks).where(checks.c.id == task.id))).one()


async def test_a_result_rests_sealed(database: Database, tenant: str) -> None:
    task = new_task(tenant)
    reply = await answered(database, task)
    row = await row_of(database, task)
    assert (row.reply, row.seal_key) == (None, "test")
    assert b"OFIE" not in row.sealed_reply
    record = await SqlResults(database, SEALER).get(tenant, task.id)
    assert record is not None
    assert record.reply == reply
    with pytest.raises(SealKeyUnknown):
        await SqlResults(database, OLD).get(tenant, task.id)


async def test_the_oldest_pending_check_of_each_kind_is_known(database: Database, tenant: str) -> None:
    kind = f"kind-{tenant}"
    upkeep, results = SqlUpkeep(database, SEALER), SqlResults(database, SEALER)
    for age_s in (70, 30, 10):
        await results.create(new_task(tenant, NOW_S - age_s).model_copy(update={"check": kind}))
    assert (await upkeep.oldest_pending(NOW_S))[kind] == 30  # the one before has expired
    assert (await upkeep.oldest_pending(NOW_S + 35))[kind] == 45
    assert kind not in await upkeep.oldest_pending(NOW_S + 60)


async def as_before(database: Database, task: Task) -> None:
    """What a version that did not seal wrote, by its own statement."""
    await SqlResults(database, SEALER).create(task)
    columns = ("id", "status", "reply")
    before = sa.table("checks", *(sa.column(name, sa.JSON if name == "reply" else None) for name in columns))
    values = {"status": "done", "reply": done(task).model_dump(mode="json")}
    async with database.transaction() as connection:
        await connection.execute(sa.update(before).where(before.c.id == task.id).values(values))


async def test_a_result_of_before_is_read_as_it_is_and_sealed_later(database: Database, tenant: str) -> None:
    task = new_task(tenant)
    await as_before(database, task)
    for _ in range(2):
        record = await SqlResults(database, SEALER).get(tenant, task.id)
        assert record is not None
        assert record.reply == done(task)
        await SqlUpkeep(database, SEALER).reseal()
    assert (await row_of(database, task)).reply is None


async def test_an_older_version_takes_a_sealed_result_for_a_pending_one(
    database: Database, tenant: str
) -> None:
    """It reads `status` and `reply`: and answers that it is pending where there is no reply."""
    task = new_task(tenant)
    await answered(database, task)
    row = await row_of(database, task)
    assert (row.status, row.reply) == ("done", None)


async def test_an_older_key_can_retire(
    database: Database, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.adapters.sql.upkeep.BATCH", 2)
    tasks = [new_task(tenant) for _ in range(5)]
    for task in tasks:
        await answered(database, task, OLD)
    upkeep = SqlUpkeep(database, BOTH)
    assert (await upkeep.sealed_with())["old"] == 5
    assert await upkeep.reseal() >= 5
    counted = await upkeep.sealed_with()
    assert ("old" in counted, counted["new"] >= 5) == (False, True)
    record = await SqlResults(database, BOTH).get(tenant, tasks[0].id)
    assert record is not None
    assert record.reply == done(tasks[0])
    assert await upkeep.reseal() == 0
    await _forget_all_of(database, tenant)


async def test_a_damaged_row_holds_up_no_other(database: Database, tenant: str) -> None:
    broken, fine = sorted((new_task(tenant), new_task(tenant)), key=lambda task: task.id)
    for task in (broken, fine):
        await answered(database, task, OLD)
    damaged = (await row_of(database, broken)).sealed_reply[:-1] + b"x"
    async with database.transaction() as connection:
        these = sa.update(checks).where(checks.c.id == broken.id)
        await connection.execute(these.values(sealed_reply=damaged))
    await SqlUpkeep(database, BOTH).reseal()
    assert [(await row_of(database, task)).seal_key for task in (broken, fine)] == ["old", "new"]
    await _forget_all_of(database, tenant)


async def _forget_all_of(database: Database, tenant: str) -> None:
    """Keys of one test are no other's."""
    await SqlUpkeep(database, SEALER).expire(tenant, NOW_S + 1, 100)


async def test_results_are_deleted_in_time_and_their_usage_stays(database: Database, tenant: str) -> None:
    old, older, young = (new_task(tenant, NOW_S - days * 86_400) for days in (2, 3, 0))
    other = new_task(uuid4().hex[:16], NOW_S - 9 * 86_400)
    for task in (old, older, young, other):
        await answered(database, task)
    upkeep, results = SqlUpkeep(database, SEALER), SqlResults(database, SEALER)
    assert await upkeep.expire(tenant, NOW_S - 86_400, 1) == 1
    assert await results.get(tenant, older.id) is None
    assert await upkeep.expire(tenant, NOW_S - 86_400, 9) == 1
    found = [await results.get(task.tenant, task.id) for task in (old, young, other)]
    assert [record is not None for record in found] == [False, True, True]
    assert sum(line.count for line in await SqlUsage(database).of_month(tenant, "2026-11")) == 3


async def test_what_was_deleted_stays_so_whatever_a_worker_says(database: Database, tenant: str) -> None:
    task, deletions, results = new_task(tenant), SqlDeletions(database), SqlResults(database, SEALER)
    await results.create(task, Claim("k", "h"))
    image = Erased(kind="image", id="a/key", sha256="0" * 64)
    await deletions.erase(uuid4().hex[:16], task.id, [], NOW_S)
    assert await results.get(tenant, task.id) is not None
    await deletions.erase(tenant, task.id, [image], NOW_S)
    standing = await results.finish(done(task))
    assert (standing.status, standing.result) == (Status.FAILED, None)
    assert (standing.error or {})["code"] == CheckDeleted.code
    assert await results.get(tenant, task.id) is None
    assert await results.claimed(tenant, "k", 0) is None
    assert await SqlUsage(database).of_month(tenant, "2026-11") == []
    note = await deletions.find(tenant, task.id)
    assert note is not None
    assert (note.check, note.deleted_at_s, note.images) == ("document-ocr", NOW_S, ["a/key"])
    assert await deletions.find(uuid4().hex[:16], task.id) is None


async def test_the_first_receipt_stands_and_its_key_is_kept(database: Database, tenant: str) -> None:
    task, deletions = new_task(tenant), SqlDeletions(database)
    await answered(database, task)
    await deletions.erase(tenant, task.id, [], NOW_S)
    await deletions.erase(tenant, task.id, [Erased(kind="image", id="later")], NOW_S + 9)
    (note,) = [one for one in await deletions.unproved(NOW_S + 1, 1000) if one.id == task.id]
    assert [one.kind for one in note.erased] == ["check", "result"]
    assert note.erased[1].sha256
    first, second = Ed25519Notary(OLD).key, Ed25519Notary(BOTH).key
    assert (await deletions.prove(note, "first", first)).receipt == "first"
    assert (await deletions.prove(note, "second", second)).receipt == "first"
    assert first in await deletions.keys()
    assert task.id not in {one.id for one in await deletions.unproved(NOW_S + 1, 1000)}
