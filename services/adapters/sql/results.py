"""What became of each check, and what it costs."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.adapters.sealing import Sealer
from services.adapters.sql.database import Database
from services.adapters.sql.outbox import announce
from services.adapters.sql.sealed import REPLY
from services.adapters.sql.tables import checks, deletions, usage
from services.core import events
from services.core.deletion_errors import CheckDeleted
from services.core.errors import BY_CODE
from services.core.idempotency import Claim
from services.core.messages import Record, Reply, Status, Task
from services.core.usage import charge, month_of

# What every check needs is built once: to build a statement takes as long as to run it.
_ENDED = (
    sa.update(checks)
    .where(checks.c.id == sa.bindparam("ended_id"), checks.c.status == Status.PENDING)
    .values({name: sa.bindparam(name) for name in ("status", "sealed_reply", "seal_key")})
    .returning(checks.c.tenant_id, checks.c.created_at_s, checks.c.deadline_s, checks.c.parent_id)
)
_ENDED_AND_KEY_FREED = _ENDED.values(idempotency_key=None)
_USED = sa.insert(usage)


class SqlResults:
    """The tables `checks` and `usage`. Every method raises ResultsUnavailable.

    Replies rest sealed: they hold what a document says about a person. Those that read one raise
    SealKeyUnknown and SealBroken too.
    """

    def __init__(self, database: Database, sealer: Sealer):
        self._database, self._sealer = database, sealer
        self.open, self.ready, self.close = database.open, database.ready, database.close
        insert = database.upsert(checks)
        self._created = insert.on_conflict_do_nothing(index_elements=["tenant_id", "idempotency_key"])

    async def create(self, task: Task, claim: Claim | None = None) -> bool:
        """Write down a pending check; False when the claim's key is taken."""
        row = {
            "id": task.id,
            "tenant_id": task.tenant,
            "name": task.check,
            "status": Status.PENDING,
            "created_at_s": task.created_at_s,
            "deadline_s": task.deadline_s,
            "idempotency_key": claim.key if claim else None,
            "request_hash": claim.request_hash if claim else None,
            "parent_id": task.part_of,
        }
        async with self._database.statement() as connection:
            return bool((await connection.execute(self._created, row)).rowcount)

    async def finish(self, reply: Reply) -> Reply:
        """The first final word stands; of a check that was deleted it is that."""
        async with self._database.transaction() as connection:
            ended = (await connection.execute(*self._ending(reply))).one_or_none()
            if ended and ended.parent_id:
                return reply
            if ended:
                await connection.execute(_USED, _usage(reply, ended))
                if event := events.of_reply(reply, _ended_s(reply, ended)):
                    await announce(connection, ended.tenant_id, event)
                return reply
            standing = await self._fetch(connection, checks.c.id == reply.id)
            if standing is None and await _is_deleted(connection, reply.id):
                return Reply.failed(reply, CheckDeleted())
        # No row at all: the database was restored from before the request, and nobody can ask for it.
        return standing[0].reply or reply if standing else reply

    async def get(self, tenant: str, task_id: str) -> Record | None:
        """Look a check of the tenant up."""
        async with self._database.statement() as connection:
            found = await self._fetch(connection, checks.c.id == task_id, checks.c.tenant_id == tenant)
            return found[0] if found else None

    async def parts(self, tenant: str, verification_id: str) -> list[Record]:
        """The checks under a verification of the tenant."""
        theirs = sa.select(checks).where(checks.c.parent_id == verification_id, checks.c.tenant_id == tenant)
        async with self._database.statement() as connection:
            return [self._record(row) for row in await connection.execute(theirs)]

    async def claimed(self, tenant: str, key: str, since_s: float) -> tuple[Record, str] | None:
        """The check that a key stands for, and its request's hash."""
        this = checks.c.tenant_id == tenant, checks.c.idempotency_key == key
        async with self._database.transaction() as connection:
            found = await self._fetch(connection, *this)
            if found and found[1] < since_s:
                stale = sa.update(checks).where(*this, checks.c.created_at_s < since_s)
                await connection.execute(stale.values(idempotency_key=None))
                return None
            return (found[0], found[2]) if found else None

    def _ending(self, reply: Reply) -> tuple[sa.UpdateBase, dict[str, object]]:
        """The statement, and the values for it."""
        code, _ = charge(reply)
        may_try_again = code in BY_CODE and BY_CODE[code].status >= 500
        sealed = REPLY.sealed(self._sealer, reply.id, reply.model_dump_json())
        values = {"ended_id": reply.id, "status": reply.status, **sealed}
        return _ENDED_AND_KEY_FREED if may_try_again else _ENDED, values

    async def _fetch(
        self, connection: AsyncConnection, *where: sa.ColumnElement[bool]
    ) -> tuple[Record, float, str] | None:
        """The check, when it was created, and its request's hash."""
        row = (await connection.execute(sa.select(checks).where(*where))).one_or_none()
        return (self._record(row), row.created_at_s, row.request_hash or "") if row else None

    def _record(self, row: sa.Row[Any]) -> Record:
        return Record(
            id=row.id,
            tenant=row.tenant_id,
            check=row.name,
            status=Status(row.status),
            deadline_s=row.deadline_s,
            part_of=row.parent_id,
            reply=reply_in(row, self._sealer),
        )


def reply_in(row: sa.Row[Any], sealer: Sealer) -> Reply | None:
    """The reply of a check's row, once there is one. Raises SealKeyUnknown, SealBroken."""
    if row.sealed_reply is not None:
        return Reply.model_validate_json(REPLY.opened(sealer, row.id, row.sealed_reply))
    # Of a version that did not seal, until the janitor came by.
    return Reply.model_validate(row.reply) if row.reply else None


def _usage(reply: Reply, ended: sa.Row[Any]) -> dict[str, object]:
    """Of the moment when the request arrived: the quota counts it in that month too."""
    code, billable = charge(reply)
    return {
        "check_id": reply.id,
        "tenant_id": ended.tenant_id,
        "name": reply.check,
        "month": month_of(ended.created_at_s),
        "code": code,
        "billable": billable,
        "at_s": ended.created_at_s,
    }


def _ended_s(reply: Reply, ended: sa.Row[Any]) -> float:
    """When it was over: as the worker says, or else when nobody waited any more."""
    total_ms = reply.timings_ms.get("total")
    return float(ended.deadline_s if total_ms is None else ended.created_at_s + total_ms / 1000)


async def _is_deleted(connection: AsyncConnection, check_id: str) -> bool:
    found = await connection.execute(sa.select(deletions.c.id).where(deletions.c.id == check_id))
    return found.one_or_none() is not None
