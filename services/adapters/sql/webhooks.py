"""Where tenants want to be told, and what signs."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import TypeAdapter

from services.adapters.sealing import Sealer
from services.adapters.sql.database import Database
from services.adapters.sql.sealed import SECRETS
from services.adapters.sql.tables import webhook_deliveries as deliveries
from services.adapters.sql.tables import webhooks
from services.core.webhooks import DeliveryState, Endpoint, Secret

_SECRETS = TypeAdapter(list[Secret])


class SqlEndpoints:
    """The table `webhooks`, without the secrets. Every method raises ResultsUnavailable."""

    def __init__(self, database: Database):
        self._database = database

    async def all(self, tenant_id: str) -> list[Endpoint]:
        """A tenant's."""
        theirs = sa.select(webhooks).where(webhooks.c.tenant_id == tenant_id)
        async with self._database.statement() as connection:
            rows = await connection.execute(theirs.order_by(webhooks.c.created_at_s, webhooks.c.id))
            return [Endpoint.model_validate(dict(row)) for row in rows.mappings()]

    async def find(self, webhook_id: str) -> Endpoint | None:
        """One."""
        async with self._database.statement() as connection:
            rows = await connection.execute(sa.select(webhooks).where(webhooks.c.id == webhook_id))
            row = rows.mappings().one_or_none()
        return Endpoint.model_validate(dict(row)) if row else None

    async def disable(self, webhook_id: str, at_s: float, because: str) -> None:
        """Both together: nothing is left on its way to it."""
        endpoint = webhooks.c.id == webhook_id, webhooks.c.disabled_at_s.is_(None)
        pending = deliveries.c.webhook_id == webhook_id, deliveries.c.state == DeliveryState.PENDING
        async with self._database.transaction() as connection:
            off = {"disabled_at_s": at_s, "disabled_because": because}
            await connection.execute(sa.update(webhooks).where(*endpoint).values(off))
            await connection.execute(sa.update(deliveries).where(*pending).values(state=DeliveryState.DEAD))


class SqlWebhooks(SqlEndpoints):
    """The same, with the secrets. Every method raises ResultsUnavailable."""

    def __init__(self, database: Database, sealer: Sealer):
        super().__init__(database)
        self._sealer = sealer

    async def add(self, endpoint: Endpoint, secrets: list[Secret]) -> bool:
        """Write it down; False when the URL is taken."""
        row = endpoint.model_dump() | self._sealed(endpoint.id, secrets)
        insert = self._database.upsert(webhooks).values(row)
        async with self._database.statement() as connection:
            added = await connection.execute(
                insert.on_conflict_do_nothing(index_elements=["tenant_id", "url"])
            )
            return bool(added.rowcount)

    async def remove(self, endpoint: Endpoint) -> None:
        """With all that was meant for it."""
        async with self._database.transaction() as connection:
            await connection.execute(sa.delete(webhooks).where(webhooks.c.id == endpoint.id))
            await connection.execute(sa.delete(deliveries).where(deliveries.c.webhook_id == endpoint.id))

    async def secrets(self, webhook_id: str) -> list[Secret]:
        """Opened."""
        these = sa.select(webhooks.c.sealed_secrets).where(webhooks.c.id == webhook_id)
        async with self._database.statement() as connection:
            sealed = (await connection.execute(these)).scalar_one_or_none()
        if sealed is None:
            return []
        return _SECRETS.validate_json(SECRETS.opened(self._sealer, webhook_id, sealed))

    async def save_secrets(self, webhook_id: str, secrets: list[Secret]) -> None:
        """Sealed anew."""
        anew = sa.update(webhooks).where(webhooks.c.id == webhook_id)
        async with self._database.statement() as connection:
            await connection.execute(anew.values(self._sealed(webhook_id, secrets)))

    def _sealed(self, webhook_id: str, secrets: list[Secret]) -> dict[str, object]:
        return SECRETS.sealed(self._sealer, webhook_id, _SECRETS.dump_json(secrets).decode())
