"""Tenants and their keys."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.adapters.sql.database import Database
from services.adapters.sql.tables import api_keys, tenants
from services.core.tenants import ApiKey, Tenant


class SqlTenants:
    """The tables `tenants` and `api_keys`. Every method raises ResultsUnavailable."""

    def __init__(self, database: Database):
        self._database = database

    async def find_key(self, key_id: str) -> tuple[ApiKey, Tenant] | None:
        """A key and whose it is, in one round trip."""
        owner = [column.label(f"owner_{column.name}") for column in tenants.c]
        both = sa.select(api_keys, *owner).join(tenants, tenants.c.id == api_keys.c.tenant_id)
        async with self._database.statement() as connection:
            row = (await connection.execute(both.where(api_keys.c.id == key_id))).mappings().one_or_none()
        if row is None:
            return None
        tenant = {column.name: row[f"owner_{column.name}"] for column in tenants.c}
        return ApiKey.model_validate(dict(row)), Tenant.model_validate(tenant)

    async def create(self, tenant: Tenant) -> bool:
        """Write a tenant down; False when the name is taken."""
        insert = self._database.upsert(tenants).values(tenant.model_dump())
        async with self._database.statement() as connection:
            done = await connection.execute(insert.on_conflict_do_nothing(index_elements=["name"]))
            return bool(done.rowcount)

    async def find(self, name: str) -> Tenant | None:
        """The tenant of this name."""
        async with self._database.statement() as connection:
            found = await _tenants(connection, tenants.c.name == name)
            return found[0] if found else None

    async def change(self, tenant: Tenant) -> None:
        """Write a known tenant anew."""
        async with self._database.statement() as connection:
            await connection.execute(
                sa.update(tenants).where(tenants.c.id == tenant.id).values(tenant.model_dump())
            )

    async def all(self) -> list[Tenant]:
        """Every tenant, by name."""
        async with self._database.statement() as connection:
            return await _tenants(connection)

    async def keys(self, tenant_id: str) -> list[ApiKey]:
        """A tenant's keys, oldest first."""
        theirs = sa.select(api_keys).where(api_keys.c.tenant_id == tenant_id)
        async with self._database.statement() as connection:
            rows = await connection.execute(theirs.order_by(api_keys.c.created_at_s, api_keys.c.id))
            return [ApiKey.model_validate(dict(row)) for row in rows.mappings()]

    async def save_keys(self, *keys: ApiKey) -> None:
        """Write keys down, all or none."""
        async with self._database.transaction() as connection:
            for key in keys:
                insert = self._database.upsert(api_keys).values(key.model_dump())
                ends = {name: insert.excluded[name] for name in ("expires_at_s", "revoked_at_s")}
                await connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=ends))


async def _tenants(connection: AsyncConnection, *where: sa.ColumnElement[bool]) -> list[Tenant]:
    rows = await connection.execute(sa.select(tenants).where(*where).order_by(tenants.c.name))
    return [Tenant.model_validate(dict(row)) for row in rows.mappings()]
