"""Sums over the usage records."""

from __future__ import annotations

import sqlalchemy as sa

from services.adapters.sql.database import Database
from services.adapters.sql.tables import checks, usage
from services.core.messages import Status
from services.core.usage import UsageLine


class SqlUsage:
    """Reads the table `usage`, which `SqlResults` writes. Every method raises ResultsUnavailable."""

    def __init__(self, database: Database):
        self._database = database

    async def of_month(self, tenant_id: str, month: str) -> list[UsageLine]:
        """How a tenant's checks of a month ended."""
        by = usage.c.name, usage.c.code, usage.c.billable
        count = sa.func.count().label("count")
        sums = sa.select(usage.c.name.label("check"), usage.c.code, usage.c.billable, count)
        theirs = sums.where(usage.c.tenant_id == tenant_id, usage.c.month == month)
        async with self._database.statement() as connection:
            rows = await connection.execute(theirs.group_by(*by).order_by(*by))
            return [UsageLine.model_validate(dict(row)) for row in rows.mappings()]

    async def committed(self, tenant_id: str, month: str, now_s: float) -> int:
        """Billable checks, and those that may become so."""
        billable = sa.select(sa.func.count()).where(
            usage.c.tenant_id == tenant_id, usage.c.month == month, usage.c.billable
        )
        on_their_way = sa.select(sa.func.count()).where(
            checks.c.tenant_id == tenant_id,
            checks.c.status == Status.PENDING,
            checks.c.deadline_s > now_s,
            checks.c.parent_id.is_(None),
        )
        both = sa.select(billable.scalar_subquery() + on_their_way.scalar_subquery())
        async with self._database.statement() as connection:
            return int((await connection.execute(both)).scalar_one())
