"""What every results table promises."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from uuid import uuid4

import pytest

from services.adapters.sql import SqlResults
from services.core.errors import FaceMissing, ResultsUnavailable
from services.core.messages import Record, Reply, Status, Task
from services.ports import Results


def new_task() -> Task:
    return Task(id=uuid4().hex, check="face-match", images={"a": "k"}, created_at_s=1.5, deadline_s=2.25)


def done(task: Task, score: float) -> Reply:
    return Reply(id=task.id, check=task.check, status=Status.DONE, result={"score": score, "name": "Žofie"})


async def test_a_check_is_pending_until_it_is_answered(results: Results) -> None:
    task = new_task()
    assert await results.get(task.id) is None
    await results.create(task)
    pending = Record(id=task.id, check="face-match", status=Status.PENDING, deadline_s=2.25)
    assert await results.get(task.id) == pending
    reply = done(task, 0.75)
    assert await results.finish(reply) == reply
    assert await results.get(task.id) == pending.model_copy(update={"status": Status.DONE, "reply": reply})


async def test_the_first_word_stands_even_when_many_speak_at_once(results: Results) -> None:
    task = new_task()
    await results.create(task)
    replies = [done(task, n / 10) for n in range(8)] + [Reply.failed(task, FaceMissing())]
    said = await asyncio.gather(*(results.finish(reply) for reply in replies))
    assert len({reply.model_dump_json() for reply in said}) == 1
    record = await results.get(task.id)
    assert record is not None
    assert record.reply == said[0]


async def test_a_check_that_was_never_written_down_keeps_nothing(results: Results) -> None:
    reply = done(new_task(), 1)
    assert await results.finish(reply) == reply
    assert await results.get(reply.id) is None


async def test_many_processes_may_start_at_once(database_url: str) -> None:
    several = [SqlResults(database_url) for _ in range(4)]
    if database_url.startswith("sqlite"):
        several = several[:1]  # only ever one process
    await asyncio.gather(*(one.open() for one in several))
    await asyncio.gather(*(one.open() for one in several))
    await asyncio.gather(*(one.ready() for one in several))
    await asyncio.gather(*(one.close() for one in several))


async def test_a_table_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "newer.sqlite"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")
    newer = SqlResults(f"sqlite+aiosqlite:///{file}")
    await newer.open()
    await newer.close()


async def test_a_database_that_is_away_says_so() -> None:
    away = SqlResults("postgresql+asyncpg://nobody:secret@127.0.0.1:9/none")
    task = new_task()
    for operation in (
        away.open(),
        away.ready(),
        away.create(task),
        away.get(task.id),
        away.finish(done(task, 1)),
    ):
        with pytest.raises(ResultsUnavailable) as error:
            await operation
        assert "secret" not in repr(error.value) + repr(error.value.__cause__)
    await away.close()


@pytest.mark.parametrize("url", ["", "postgres://h/d", "sqlite:///x", "mysql+aiomysql://h/d", "nonsense"])
def test_another_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be postgresql"):
        SqlResults(url)
