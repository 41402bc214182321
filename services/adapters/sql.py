"""Results in PostgreSQL or SQLite: one table, the same statements for both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from services.adapters.migrations import migrate
from services.core.errors import ResultsUnavailable
from services.core.messages import Record, Reply, Status, Task

TIMEOUT_S = 3.0
"""For one operation, waiting for a connection included."""
MIGRATION_TIMEOUT_S = 60.0
MIGRATION_LOCK = 0x656B7963
"""Key of the advisory lock that lets one of several starting processes migrate at a time."""

checks = sa.Table(
    "checks",
    sa.MetaData(),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("created_at_s", sa.Double, nullable=False),
    sa.Column("deadline_s", sa.Double, nullable=False),
    sa.Column("reply", sa.JSON),
)


class SqlResults:
    """Every operation is one short transaction and ends within TIMEOUT_S."""

    def __init__(self, url: str):
        """`url` is postgresql+asyncpg://… or sqlite+aiosqlite:///…. Raises ValueError: for another."""
        self._postgres = _is_postgres(url)
        self._engine = _postgres_engine(url) if self._postgres else _sqlite_engine(url)

    async def open(self) -> None:
        """Bring the table up to date. Raises ResultsUnavailable."""
        async with self._transaction(MIGRATION_TIMEOUT_S) as connection:
            if self._postgres:
                await connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
            await connection.run_sync(migrate)

    async def ready(self) -> None:
        """Ask for one row. Raises ResultsUnavailable."""
        async with self._transaction() as connection:
            await connection.execute(sa.select(checks.c.id).limit(1))

    async def close(self) -> None:
        """Close the pool."""
        await self._engine.dispose()

    async def create(self, task: Task) -> None:
        """Write down a pending check. Raises ResultsUnavailable."""
        row = {
            "id": task.id,
            "name": task.check,
            "status": Status.PENDING,
            "created_at_s": task.created_at_s,
            "deadline_s": task.deadline_s,
        }
        async with self._transaction() as connection:
            await connection.execute(sa.insert(checks).values(row))

    async def finish(self, reply: Reply) -> Reply:
        """The first final word stands. Raises ResultsUnavailable."""
        async with self._transaction() as connection:
            done = await connection.execute(
                sa.update(checks)
                .where(checks.c.id == reply.id, checks.c.status == Status.PENDING)
                .values(status=reply.status, reply=reply.model_dump(mode="json"))
            )
            if done.rowcount:
                return reply
            standing = await _fetch(connection, reply.id)
        # No row at all: the database was restored from before the request, and nobody can ask for it.
        return standing.reply if standing and standing.reply else reply

    async def get(self, task_id: str) -> Record | None:
        """Look a check up. Raises ResultsUnavailable."""
        async with self._transaction() as connection:
            return await _fetch(connection, task_id)

    @asynccontextmanager
    async def _transaction(self, timeout_s: float = TIMEOUT_S) -> AsyncIterator[AsyncConnection]:
        try:
            async with asyncio.timeout(timeout_s), self._engine.begin() as connection:
                yield connection
        except (sa.exc.SQLAlchemyError, OSError, TimeoutError) as error:
            raise ResultsUnavailable from error


async def _fetch(connection: AsyncConnection, task_id: str) -> Record | None:
    row = (await connection.execute(sa.select(checks).where(checks.c.id == task_id))).one_or_none()
    if row is None:
        return None
    reply = Reply.model_validate(row.reply) if row.reply else None
    return Record(
        id=row.id, check=row.name, status=Status(row.status), deadline_s=row.deadline_s, reply=reply
    )


def _postgres_engine(url: str) -> AsyncEngine:
    # The ping finds connections that died with a restarted server.
    return create_async_engine(
        url, pool_size=10, pool_timeout=TIMEOUT_S, pool_pre_ping=True, connect_args={"timeout": TIMEOUT_S}
    )


def _sqlite_engine(url: str) -> AsyncEngine:
    # One connection: SQLite writes one at a time anyway, and so nobody meets "database is locked".
    engine = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=TIMEOUT_S)

    @sa.event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine


def _is_postgres(url: str) -> bool:
    try:
        driver = make_url(url).drivername
    except sa.exc.ArgumentError:
        driver = ""
    if driver not in {"postgresql+asyncpg", "sqlite+aiosqlite"}:
        raise ValueError("must be postgresql+asyncpg://… or sqlite+aiosqlite:///…")
    return driver == "postgresql+asyncpg"
