"""Sessions of phones."""

from __future__ import annotations

import sqlalchemy as sa

from services.adapters.sql.database import Database
from services.adapters.sql.tables import sessions, tenants
from services.core.sessions import Session
from services.core.tenants import Tenant

_FIXED = {"id", "tenant_id", "token_hash", "reference", "created_at_s", "expires_at_s", "version"}


class SqlSessions:
    """The table `sessions`. Every method raises ResultsUnavailable."""

    def __init__(self, database: Database):
        self._database = database

    async def create(self, session: Session) -> None:
        """Write a new one down."""
        async with self._database.statement() as connection:
            await connection.execute(sa.insert(sessions).values(session.model_dump()))

    async def find(self, session_id: str) -> tuple[Session, Tenant | None] | None:
        """A session and whose it is, in one round trip."""
        owner = [column.label(f"owner_{column.name}") for column in tenants.c]
        both = sa.select(sessions, *owner).outerjoin(tenants, tenants.c.id == sessions.c.tenant_id)
        async with self._database.statement() as connection:
            row = (await connection.execute(both.where(sessions.c.id == session_id))).mappings().one_or_none()
        if row is None:
            return None
        tenant = {column.name: row[f"owner_{column.name}"] for column in tenants.c}
        return Session.model_validate(dict(row)), Tenant.model_validate(tenant) if tenant["id"] else None

    async def change(self, before: Session, after: Session) -> Session | None:
        """Write `after` down, if nobody changed it since `before`."""
        version = before.version + 1
        update = (
            sa.update(sessions)
            .where(sessions.c.id == before.id, sessions.c.version == before.version)
            .values(after.model_dump(exclude=_FIXED) | {"version": version})
        )
        async with self._database.statement() as connection:
            is_done = bool((await connection.execute(update)).rowcount)
        return after.model_copy(update={"version": version}) if is_done else None
