"""Checks that were deleted on request."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.adapters.sql.database import Database
from services.adapters.sql.tables import checks, deletions, feedback, receipt_keys, sessions
from services.core.deletions import Deletion, Erased, PublicKey, digest


class SqlDeletions:
    """The tables `deletions` and `receipt_keys`. Every method raises ResultsUnavailable."""

    def __init__(self, database: Database):
        self._database = database

    async def uploads(self, tenant_id: str, check_id: str) -> list[str]:
        """Of the session whose latest verification it is."""
        kept = sa.select(sessions.c.document_key, sessions.c.selfie_key)
        async with self._database.statement() as connection:
            rows = await connection.execute(kept.where(*_sessions(tenant_id, check_id)))
            return [key for row in rows for key in row if key]

    async def erase(self, tenant_id: str, check_id: str, images: list[Erased], now_s: float) -> None:
        """The check goes and the note comes in one transaction: a worker's answer meets one of the two."""
        these = (
            sa.or_(checks.c.id == check_id, checks.c.parent_id == check_id),
            checks.c.tenant_id == tenant_id,
        )
        gone = sa.delete(checks).where(*these).returning(checks)
        # Locked first, as feedback does: what was said goes with them, and is named here.
        locked = sa.select(checks.c.id).where(*these).with_for_update()
        left = sa.delete(sessions).where(*_sessions(tenant_id, check_id)).returning(sessions.c.id)
        async with self._database.transaction() as connection:
            ids = (await connection.scalars(locked)).all()
            said = await connection.execute(sa.select(feedback).where(feedback.c.id.in_(ids)))
            rows = {row.id: row for row in await connection.execute(gone)}
            if check_id not in rows:
                return
            closed = [row.id for row in await connection.execute(left)]
            erased = [one for row in rows.values() for one in _erased(row)]
            erased += [_erased_feedback(row) for row in said]
            note = Deletion(
                id=check_id,
                tenant_id=tenant_id,
                check=rows[check_id].name,
                deleted_at_s=now_s,
                erased=[*erased, *(Erased(kind="session", id=one) for one in closed), *images],
            )
            await connection.execute(sa.insert(deletions).values(note.model_dump()))

    async def find(self, tenant_id: str, check_id: str) -> Deletion | None:
        """One of this tenant."""
        async with self._database.statement() as connection:
            found = await _deletions(
                connection, deletions.c.id == check_id, deletions.c.tenant_id == tenant_id
            )
            return found[0] if found else None

    async def unproved(self, before_s: float, most: int) -> list[Deletion]:
        """The oldest first."""
        async with self._database.statement() as connection:
            return await _deletions(
                connection, deletions.c.receipt.is_(None), deletions.c.deleted_at_s < before_s, most=most
            )

    async def prove(self, deletion: Deletion, receipt: str, key: PublicKey) -> Deletion:
        """The receipt and its key in one transaction."""
        this = deletions.c.id == deletion.id
        insert = self._database.upsert(receipt_keys).values(kid=key.kid, x=key.x)
        async with self._database.transaction() as connection:
            await connection.execute(insert.on_conflict_do_nothing(index_elements=["kid"]))
            await connection.execute(
                sa.update(deletions).where(this, deletions.c.receipt.is_(None)).values(receipt=receipt)
            )
            return (await _deletions(connection, this))[0]

    async def keys(self) -> list[PublicKey]:
        """All."""
        async with self._database.statement() as connection:
            rows = await connection.execute(sa.select(receipt_keys).order_by(receipt_keys.c.kid))
            return [PublicKey(kid=row.kid, x=row.x) for row in rows]


def _sessions(tenant_id: str, verification_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return sessions.c.verification_id == verification_id, sessions.c.tenant_id == tenant_id


def _erased(row: sa.Row[Any]) -> list[Erased]:
    data = row.sealed_reply or (json.dumps(row.reply).encode() if row.reply else None)
    result = [] if data is None else [Erased(kind="result", id=row.id, sha256=digest(data))]
    return [Erased(kind="check", id=row.id), *result]


def _erased_feedback(row: sa.Row[Any]) -> Erased:
    sha256 = None if row.sealed_truth is None else digest(row.sealed_truth)
    return Erased(kind="feedback", id=row.id, sha256=sha256)


async def _deletions(
    connection: AsyncConnection, *where: sa.ColumnElement[bool], most: int | None = None
) -> list[Deletion]:
    chosen = sa.select(deletions).where(*where).order_by(deletions.c.deleted_at_s).limit(most)
    rows = await connection.execute(chosen)
    return [Deletion.model_validate(dict(row)) for row in rows.mappings()]
