"""The connections that everything in the database shares."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from services.adapters.migrations import migrate
from services.adapters.sql.tables import checks
from services.core.errors import ResultsUnavailable

TIMEOUT_S = 3.0
"""For one operation, waiting for a connection included."""
LET_THROUGH = (asyncpg.InternalClientError, EOFError)
"""What SQLAlchemy does not translate: asyncpg does not understand an answer that was cut off."""
MIGRATION_TIMEOUT_S = 60.0
MIGRATION_LOCK = 0x656B7963
"""Key of the advisory lock that lets one of several starting processes migrate at a time."""


class Database:
    """Every operation ends within TIMEOUT_S."""

    def __init__(self, url: str):
        """`url` is postgresql+asyncpg://… or sqlite+aiosqlite:///…. Raises ValueError: for another."""
        self._postgres = _is_postgres(url)
        self._engine = _postgres_engine(url) if self._postgres else _sqlite_engine(url)
        self._autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    async def open(self) -> None:
        """Bring the tables up to date. Raises ResultsUnavailable."""
        async with self.transaction(MIGRATION_TIMEOUT_S) as connection:
            if self._postgres:
                await connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
            await connection.run_sync(migrate)

    async def ready(self) -> None:
        """Ask for one row. Raises ResultsUnavailable."""
        async with self.statement() as connection:
            await connection.execute(sa.select(checks.c.id).limit(1))

    async def close(self) -> None:
        """Close the pool."""
        await self._engine.dispose()

    def upsert(self, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
        """An INSERT that knows ON CONFLICT, which both dialects spell alike."""
        return postgresql.insert(table) if self._postgres else sqlite.insert(table)

    @asynccontextmanager
    async def transaction(self, timeout_s: float = TIMEOUT_S) -> AsyncIterator[AsyncConnection]:
        """Committed at the end of the block. Raises ResultsUnavailable."""
        with _translated():
            async with asyncio.timeout(timeout_s), self._engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[AsyncConnection]:
        """Each statement commits by itself: one round trip instead of three. Raises ResultsUnavailable."""
        with _translated():
            async with asyncio.timeout(TIMEOUT_S), self._autocommit.connect() as connection:
                yield connection


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (sa.exc.SQLAlchemyError, *LET_THROUGH, OSError, TimeoutError) as error:
        raise ResultsUnavailable from error


def _postgres_engine(url: str) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=10,
        pool_timeout=TIMEOUT_S,
        connect_args={"timeout": TIMEOUT_S},
        hide_parameters=True,  # an error's text is logged
    )

    @sa.event.listens_for(engine.sync_engine, "checkout")
    def _discard_dead(connection: Any, _record: object, _proxy: object) -> None:
        # A server that stops or is killed closes its connections, and asyncpg notes it: no ping is needed.
        if connection.driver_connection.is_closed():
            raise sa.exc.DisconnectionError

    return engine


def _sqlite_engine(url: str) -> AsyncEngine:
    # One connection: SQLite writes one at a time anyway, and so nobody meets "database is locked".
    engine = create_async_engine(
        url, pool_size=1, max_overflow=0, pool_timeout=TIMEOUT_S, hide_parameters=True
    )

    @sa.event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    return engine


def _is_postgres(url: str) -> bool:
    try:
        driver = make_url(url).drivername
    except sa.exc.ArgumentError:
        driver = ""
    if driver not in {"postgresql+asyncpg", "sqlite+aiosqlite"}:
        raise ValueError("must be postgresql+asyncpg://… or sqlite+aiosqlite:///…")
    return driver == "postgresql+asyncpg"
