"""What every results table promises."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from services.adapters.sql import Database, SqlResults
from services.core.errors import FaceMissing, ResultsUnavailable
from services.core.messages import Record, Reply, Status, Task
from services.core.tenants import LOCAL_ID
from services.ports import Results
from tests.engines import Engines
from tests.ports.conftest import SEALER


def new_task() -> Task:
    return Task(id=uuid4().hex, check="face-match", images={"a": "k"}, created_at_s=1.5, deadline_s=2.25)


def done(task: Task, score: float) -> Reply:
    return Reply(id=task.id, check=task.check, status=Status.DONE, result={"score": score, "name": "Žofie"})


async def test_a_check_is_pending_until_it_is_answered(results: Results) -> None:
    task = new_task()
    assert await results.get(LOCAL_ID, task.id) is None
    await results.create(task)
    pending = Record(id=task.id, check="face-match", status=Status.PENDING, deadline_s=2.25)
    assert await results.get(LOCAL_ID, task.id) == pending
    reply = done(task, 0.75)
    assert await results.finish(reply) == reply
    assert await results.get(LOCAL_ID, task.id) == pending.model_copy(
        update={"status": Status.DONE, "reply": reply}
    )


async def test_the_first_word_stands_even_when_many_speak_at_once(results: Results) -> None:
    task = new_task()
    await results.create(task)
    replies = [done(task, n / 10) for n in range(8)] + [Reply.failed(task, FaceMissing())]
    said = await asyncio.gather(*(results.finish(reply) for reply in replies))
    assert len({reply.model_dump_json() for reply in said}) == 1
    record = await results.get(LOCAL_ID, task.id)
    assert record is not None
    assert record.reply == said[0]


async def test_a_check_that_was_never_written_down_keeps_nothing(results: Results) -> None:
    reply = done(new_task(), 1)
    assert await results.finish(reply) == reply
    assert await results.get(LOCAL_ID, reply.id) is None


async def test_many_processes_may_start_at_once(database_url: str) -> None:
    several = [SqlResults(Database(database_url), SEALER) for _ in range(4)]
    if database_url.startswith("sqlite"):
        several = several[:1]  # only ever one process
    await asyncio.gather(*(one.open() for one in several))
    await asyncio.gather(*(one.open() for one in several))
    await asyncio.gather(*(one.ready() for one in several))
    await asyncio.gather(*(one.close() for one in several))


async def test_checks_of_before_there_were_tenants_are_the_tenant_locals(tmp_path: Path) -> None:
    file = tmp_path / "older.sqlite"
    with sqlite3.connect(file) as database:
        database.execute(
            "CREATE TABLE checks (id VARCHAR(32) PRIMARY KEY, name VARCHAR(64) NOT NULL,"
            " status VARCHAR(16) NOT NULL, created_at_s DOUBLE NOT NULL,"
            " deadline_s DOUBLE NOT NULL, reply JSON)"
        )
        database.execute("INSERT INTO checks VALUES ('1', 'face-match', 'pending', 1.5, 2.25, NULL)")
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('0001')")
    results = SqlResults(Database(f"sqlite+aiosqlite:///{file}"), SEALER)
    await results.open()
    record = await results.get(LOCAL_ID, "1")
    assert record == Record(id="1", check="face-match", status=Status.PENDING, deadline_s=2.25)
    await results.close()


async def test_a_table_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "newer.sqlite"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")
    newer = SqlResults(Database(f"sqlite+aiosqlite:///{file}"), SEALER)
    await newer.open()
    await newer.close()


async def test_a_database_that_is_away_says_so() -> None:
    away = SqlResults(Database("postgresql+asyncpg://nobody:secret@127.0.0.1:9/none"), SEALER)
    task = new_task()
    for operation in (
        away.open(),
        away.ready(),
        away.create(task),
        away.get(LOCAL_ID, task.id),
        away.finish(done(task, 1)),
    ):
        with pytest.raises(ResultsUnavailable) as error:
            await operation
        assert "secret" not in repr(error.value) + repr(error.value.__cause__)
    await away.close()


@pytest.mark.parametrize("url", ["", "postgres://h/d", "sqlite:///x", "mysql+aiomysql://h/d", "nonsense"])
def test_another_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be postgresql"):
        SqlResults(Database(url), SEALER)


@pytest.mark.engines
async def test_connections_that_the_server_ended_are_replaced_unnoticed(service_engines: Engines) -> None:
    """As after its restart."""
    results = SqlResults(Database(service_engines.database_url), SEALER)
    await results.open()
    tasks = [new_task() for _ in range(5)]
    await asyncio.gather(*(results.create(task) for task in tasks))
    url = service_engines.database_url.replace("+asyncpg", "")
    other = await asyncpg.connect(url)
    await other.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE usename = current_user AND pid <> pg_backend_pid() AND state = 'idle'"
    )
    await other.close()
    await asyncio.sleep(0.5)
    found = await asyncio.gather(*(results.get(LOCAL_ID, task.id) for task in tasks))
    assert [record and record.id for record in found] == [task.id for task in tasks]
    await results.close()
