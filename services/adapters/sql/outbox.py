"""What is to be delivered, written in one transaction with what it tells of: neither is lost alone."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.adapters.sql.database import Database
from services.adapters.sql.tables import webhook_deliveries as deliveries
from services.adapters.sql.tables import webhooks
from services.core.events import Event
from services.core.webhooks import Delivery, DeliveryState, Endpoint

_LISTENING = sa.select(webhooks.c.id, webhooks.c.events).where(
    webhooks.c.tenant_id == sa.bindparam("tenant_id"), webhooks.c.disabled_at_s.is_(None)
)


async def announce(connection: AsyncConnection, tenant_id: str, event: Event) -> None:
    """Put an event into the outbox, for each endpoint of the tenant that wants it. Commits nothing."""
    found = await connection.execute(_LISTENING, {"tenant_id": tenant_id})
    rows = [_row(one.id, tenant_id, event) for one in found if event.type in one.events]
    if rows:
        await connection.execute(sa.insert(deliveries), rows)


class SqlOutbox:
    """The table `webhook_deliveries`. Every method raises ResultsUnavailable."""

    def __init__(self, database: Database):
        self._database = database

    async def put(self, endpoint: Endpoint, event: Event) -> Delivery:
        """One event for one endpoint."""
        row = _row(endpoint.id, endpoint.tenant_id, event)
        async with self._database.statement() as connection:
            await connection.execute(sa.insert(deliveries).values(row))
        return Delivery.model_validate(row)

    async def find(self, webhook_id: str, delivery_id: str) -> Delivery | None:
        """One delivery."""
        async with self._database.statement() as connection:
            found = await _deliveries(
                connection, sa.select(deliveries).where(*_this(webhook_id, delivery_id))
            )
            return found[0] if found else None

    async def page(
        self, webhook_id: str, most: int, after: str | None = None, state: DeliveryState | None = None
    ) -> list[Delivery]:
        """The newest first."""
        newest = deliveries.c.created_at_s.desc(), deliveries.c.id.desc()
        page = sa.select(deliveries).where(deliveries.c.webhook_id == webhook_id).order_by(*newest)
        if state:
            page = page.where(deliveries.c.state == state)
        if after:
            page = page.where(_is_older_than(webhook_id, after))
        async with self._database.statement() as connection:
            return await _deliveries(connection, page.limit(most))

    async def resend(self, webhook_id: str, delivery_id: str, now_s: float) -> None:
        """Due now, with all its tries."""
        anew = {"state": DeliveryState.PENDING, "failures": 0, "next_at_s": now_s}
        async with self._database.statement() as connection:
            await connection.execute(
                sa.update(deliveries).where(*_this(webhook_id, delivery_id)).values(anew)
            )

    async def claim(
        self, now_s: float, until_s: float, most: int, without: Collection[str]
    ) -> list[Delivery]:
        """The longest overdue first. Two claims at once find different ones."""
        is_due = (
            deliveries.c.state == DeliveryState.PENDING,
            deliveries.c.next_at_s <= now_s,
            deliveries.c.webhook_id.not_in(without),
        )
        first = sa.select(deliveries.c.webhook_id, deliveries.c.id).where(*is_due)
        these = (
            first.order_by(deliveries.c.next_at_s).limit(most).with_for_update(skip_locked=True).cte("due")
        )
        key = sa.tuple_(deliveries.c.webhook_id, deliveries.c.id)
        claim = sa.update(deliveries).where(key.in_(sa.select(these.c.webhook_id, these.c.id)))
        async with self._database.transaction() as connection:
            return await _deliveries(connection, claim.values(next_at_s=until_s).returning(deliveries))

    async def record(self, claimed: Delivery, after: Delivery) -> bool:
        """Unless the claim ran out, or it was sent by hand since."""
        is_ours = deliveries.c.next_at_s == claimed.next_at_s, deliveries.c.state == claimed.state
        changes = after.model_dump(mode="json", include={"state", "failures", "next_at_s", "attempts"})
        record = sa.update(deliveries).where(*_this(claimed.webhook_id, claimed.id), *is_ours)
        async with self._database.statement() as connection:
            return bool((await connection.execute(record.values(changes))).rowcount)

    async def backlog(self, now_s: float) -> tuple[int, float]:
        """Of all tenants."""
        pending = sa.select(sa.func.count(), sa.func.min(deliveries.c.next_at_s))
        async with self._database.statement() as connection:
            found = await connection.execute(pending.where(deliveries.c.state == DeliveryState.PENDING))
            count, first_s = found.one()
        return count, max(0.0, now_s - first_s) if count else 0.0

    async def forget(self, before_s: float, most: int) -> int:
        """In any state."""
        old = sa.select(deliveries.c.webhook_id, deliveries.c.id).where(deliveries.c.created_at_s < before_s)
        key = sa.tuple_(deliveries.c.webhook_id, deliveries.c.id)
        async with self._database.statement() as connection:
            return (await connection.execute(sa.delete(deliveries).where(key.in_(old.limit(most))))).rowcount


def _row(webhook_id: str, tenant_id: str, event: Event) -> dict[str, object]:
    return {
        "webhook_id": webhook_id,
        "id": event.id,
        "tenant_id": tenant_id,
        "type": event.type,
        "payload": event.payload,
        "state": DeliveryState.PENDING,
        "failures": 0,
        "next_at_s": event.at_s,
        "attempts": [],
        "created_at_s": event.at_s,
    }


def _this(webhook_id: str, delivery_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return deliveries.c.webhook_id == webhook_id, deliveries.c.id == delivery_id


def _is_older_than(webhook_id: str, delivery_id: str) -> sa.ColumnElement[bool]:
    that = sa.select(deliveries.c.created_at_s).where(*_this(webhook_id, delivery_id)).scalar_subquery()
    same = sa.and_(deliveries.c.created_at_s == that, deliveries.c.id < delivery_id)
    return sa.or_(deliveries.c.created_at_s < that, same)


async def _deliveries(connection: AsyncConnection, statement: sa.Executable) -> list[Delivery]:
    rows = await connection.execute(statement)
    return [Delivery.model_validate(dict(row)) for row in rows.mappings()]
