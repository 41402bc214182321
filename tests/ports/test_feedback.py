"""What was true rests sealed beside its check, and goes with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import sqlalchemy as sa

from services.adapters.sealing import Sealer
from services.adapters.sql import Database, SqlFeedback, SqlUpkeep
from services.adapters.sql.tables import checks, feedback
from services.core.errors import CheckNotFound, SealKeyUnknown
from services.core.feedback import Feedback, Labelled, Wanted
from services.core.messages import Task
from tests.ports.conftest import SEALER
from tests.ports.test_upkeep import BOTH, NOW_S, OLD, answered, done, new_task

TRUTH = {"primary_identifier": "ŽOFIE"}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def tenant() -> str:
    return uuid4().hex[:16]


def about(task: Task, at_s: float = NOW_S) -> Feedback:
    return Feedback(
        id=task.id, tenant_id=task.tenant, check=task.check, verdict="wrong", truth=TRUTH, at_s=at_s
    )


async def said(database: Database, tenant: str, sealer: Sealer = SEALER, at_s: float = NOW_S) -> Task:
    task = new_task(tenant)
    await answered(database, task, sealer)
    assert await SqlFeedback(database, sealer).save(about(task, at_s))
    return task


async def kept(database: Database, wanted: Wanted, sealer: Sealer = SEALER) -> list[Labelled]:
    return [one async for one in SqlFeedback(database, sealer).all(wanted)]


async def test_it_rests_sealed_and_is_read_with_its_answer(database: Database, tenant: str) -> None:
    task = await said(database, tenant)
    async with database.statement() as connection:
        row = (await connection.execute(sa.select(feedback).where(feedback.c.id == task.id))).one()
    assert (b"OFIE" in row.sealed_truth, row.seal_key) == (False, "test")
    assert await kept(database, Wanted(tenant)) == [Labelled(about(task), done(task))]
    with pytest.raises(SealKeyUnknown):
        await kept(database, Wanted(tenant), OLD)


async def test_the_last_word_stands_and_the_same_is_nothing_new(database: Database, tenant: str) -> None:
    task, book = await said(database, tenant), SqlFeedback(database, SEALER)
    assert not await book.save(about(task))
    plain = about(task).model_copy(update={"verdict": "right", "truth": None})
    assert await book.save(plain)
    assert [one.feedback for one in await kept(database, Wanted(tenant))] == [plain]


async def test_only_of_a_check_of_the_tenant(database: Database, tenant: str) -> None:
    task = await said(database, tenant)
    other = about(task).model_copy(update={"tenant_id": uuid4().hex[:16], "verdict": "right"})
    for one in (other, about(new_task(tenant))):
        with pytest.raises(CheckNotFound):
            await SqlFeedback(database, SEALER).save(one)
    assert [one.feedback.verdict for one in await kept(database, Wanted(tenant))] == ["wrong"]


async def test_what_is_wanted_is_found_whatever_the_page(
    database: Database, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.adapters.sql.feedback.BATCH", 2)
    ids = [(await said(database, tenant, at_s=NOW_S + number)).id for number in range(5)]
    assert [one.reply.id for one in await kept(database, Wanted(tenant))] == sorted(ids)
    late = await kept(database, Wanted(tenant, "document-ocr", NOW_S + 3))
    assert [one.reply.id for one in late] == sorted(ids[3:])
    assert await kept(database, Wanted(tenant, "face-match")) == []


async def test_damaged_ones_hold_up_no_other(
    database: Database, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.adapters.sql.feedback.BATCH", 1)
    first, second = sorted([(await said(database, tenant)).id for _ in range(2)])
    async with database.transaction() as connection:
        await connection.execute(
            sa.update(feedback).where(feedback.c.id == first).values(sealed_truth=b"\x00" * 60)
        )
    assert [one.reply.id for one in await kept(database, Wanted(tenant))] == [second]


async def test_it_goes_with_its_check_in_time(database: Database, tenant: str) -> None:
    await said(database, tenant)
    assert await SqlUpkeep(database, SEALER).expire(tenant, NOW_S + 1, 9) == 1
    assert await _rows(database, tenant) == 0


async def test_an_older_version_that_deletes_the_check_leaves_none(database: Database, tenant: str) -> None:
    task = await said(database, tenant)
    async with database.transaction() as connection:
        await connection.execute(sa.delete(checks).where(checks.c.id == task.id))
    assert await _rows(database, tenant) == 0


async def test_its_key_can_retire(database: Database, tenant: str) -> None:
    task = await said(database, tenant, OLD)
    upkeep = SqlUpkeep(database, BOTH)
    assert (await upkeep.sealed_with())["old"] == 2
    await upkeep.reseal()
    assert "old" not in await upkeep.sealed_with()
    assert [one.feedback for one in await kept(database, Wanted(tenant), BOTH)] == [about(task)]
    await upkeep.expire(tenant, NOW_S + 1, 9)


async def _rows(database: Database, tenant: str) -> int:
    count = sa.select(sa.func.count()).where(feedback.c.tenant_id == tenant)
    async with database.statement() as connection:
        return int((await connection.execute(count)).scalar_one())
