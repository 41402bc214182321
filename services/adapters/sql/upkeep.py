"""Deletes results in time, and keeps what rests under the newest sealing key."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
import structlog

from services.adapters.sealing import Sealer
from services.adapters.sql.database import Database
from services.adapters.sql.sealed import COLUMNS, SealedColumn
from services.adapters.sql.tables import checks, sessions
from services.core.errors import SealBroken
from services.core.messages import Status

log = structlog.get_logger(__name__)

BATCH = 200
"""Rows a transaction: short enough that nobody waits for it."""
COUNT_WITHIN_S = 60.0
"""An operator who asks may wait; the tables are large."""
PLAIN = "none"


class SqlSeals:
    """Needs no key to look. Every method raises ResultsUnavailable."""

    def __init__(self, database: Database):
        self._database = database

    async def sealed_with(self) -> dict[str, int]:
        """Count all rows."""
        found: dict[str, int] = {}
        async with self._database.transaction(COUNT_WITHIN_S) as connection:
            for sealed in COLUMNS:
                is_there = sa.or_(*(column.is_not(None) for column in sealed.columns))
                key = sa.func.coalesce(sealed.table.c.seal_key, PLAIN)
                rows = await connection.execute(sa.select(key, sa.func.count()).where(is_there).group_by(key))
                for name, count in rows:
                    found[name] = found.get(name, 0) + count
        return found


class SqlUpkeep(SqlSeals):
    """Works at all tables with something sealed. Every method raises ResultsUnavailable."""

    def __init__(self, database: Database, sealer: Sealer):
        super().__init__(database)
        self._sealer = sealer

    async def expire(self, tenant_id: str, before_s: float, most: int) -> int:
        """Delete the oldest of a tenant's checks, and of its sessions."""
        gone = 0
        for table in (checks, sessions):
            old = sa.select(table.c.id).where(table.c.tenant_id == tenant_id, table.c.created_at_s < before_s)
            these = old.order_by(table.c.created_at_s).limit(most - gone)
            async with self._database.statement() as connection:
                gone += (await connection.execute(sa.delete(table).where(table.c.id.in_(these)))).rowcount
        return gone

    async def oldest_pending(self, now_s: float) -> dict[str, float]:
        """Through the index of pending checks, which are few whatever the table holds."""
        wanted = checks.c.status == Status.PENDING, checks.c.deadline_s > now_s
        oldest = sa.select(checks.c.name, sa.func.min(checks.c.created_at_s)).where(*wanted)
        async with self._database.statement() as connection:
            rows = await connection.execute(oldest.group_by(checks.c.name))
            return {name: max(0.0, now_s - created_at_s) for name, created_at_s in rows}

    async def reseal(self) -> int:
        """All columns, a batch at a time. What cannot be opened stays as it is, and is said."""
        done = 0
        for sealed in COLUMNS:
            for older in self._sealer.older:
                done += await self._reseal(sealed, sealed.table.c.seal_key == older)
            if sealed.plain is not None:
                done += await self._reseal(sealed, sealed.plain.is_not(None))
        return done

    async def _reseal(self, sealed: SealedColumn, which: sa.ColumnElement[bool]) -> int:
        table, done, last = sealed.table, 0, ""
        columns = [table.c.id, *sealed.columns]
        while True:
            batch = sa.select(*columns).where(which, table.c.id > last).order_by(table.c.id).limit(BATCH)
            async with self._database.transaction() as connection:
                rows = (await connection.execute(batch.with_for_update(skip_locked=True))).mappings().all()
                for row in rows:
                    if values := self._anew(sealed, row):
                        await connection.execute(
                            sa.update(table).where(table.c.id == row["id"]).values(values)
                        )
                        done += 1
            if not rows:
                return done
            last = rows[-1]["id"]

    def _anew(self, sealed: SealedColumn, row: sa.RowMapping) -> dict[str, Any] | None:
        try:
            text = (
                json.dumps(row[sealed.plain.name])
                if sealed.plain is not None and row[sealed.column.name] is None
                else sealed.opened(self._sealer, row["id"], row[sealed.column.name])
            )
        except SealBroken as error:
            log.error("damaged row", table=sealed.table.name, id=row["id"], cause=repr(error.__cause__))
            return None
        values = sealed.sealed(self._sealer, row["id"], text)
        return values if sealed.plain is None else values | {sealed.plain.name: sa.null()}
