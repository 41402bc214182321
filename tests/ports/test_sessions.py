"""What every table of sessions promises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from services.adapters.sql import Database, SqlSessions, SqlTenants
from services.core.errors import ResultsUnavailable
from services.core.sessions import Session, new_session
from services.core.tenants import LOCAL_ID, new_tenant


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def sessions(database: Database) -> SqlSessions:
    return SqlSessions(database)


@pytest.fixture
async def session(sessions: SqlSessions) -> Session:
    session, _ = new_session(LOCAL_ID, "customer-7", 60, 1.5)
    await sessions.create(session)
    return session


async def found(sessions: SqlSessions, session: Session) -> Session:
    pair = await sessions.find(session.id)
    assert pair is not None
    return pair[0]


async def test_a_session_comes_with_its_tenant(sessions: SqlSessions, database: Database) -> None:
    tenant = new_tenant(f"t-{uuid4().hex}", "premium", 1.0)
    await SqlTenants(database).create(tenant)
    session, _ = new_session(tenant.id, None, 60, 1.5)
    await sessions.create(session)
    assert await sessions.find(session.id) == (session, tenant)


async def test_a_session_without_a_tenant_is_found(sessions: SqlSessions, session: Session) -> None:
    assert await sessions.find(session.id) == (session, None)
    assert await sessions.find("0" * 32) is None


async def test_a_change_is_written_whole(sessions: SqlSessions, session: Session) -> None:
    after = session.filled("document", "d").filled("selfie", "s").submitted("v")
    changed = await sessions.change(session, after)
    assert changed == after.model_copy(update={"version": 1})
    assert await found(sessions, session) == changed


async def test_of_many_changes_at_once_one_is_made(sessions: SqlSessions, session: Session) -> None:
    wanted = [session.filled("selfie", str(number)) for number in range(8)]
    made = await asyncio.gather(*(sessions.change(session, one) for one in wanted))
    (winner,) = [one for one in made if one]
    assert await found(sessions, session) == winner


async def test_tables_that_are_away_say_so(session: Session) -> None:
    away = SqlSessions(Database("postgresql+asyncpg://nobody:secret@127.0.0.1:9/none"))
    for operation in (away.create(session), away.find(session.id), away.change(session, session)):
        with pytest.raises(ResultsUnavailable):
            await operation
