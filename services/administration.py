"""What an operator does about tenants and their keys, from the command line or over HTTP."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from services.core.operator_errors import KeyNotActive, KeyNotFound, TenantExists, TenantNotFound
from services.core.tenants import (
    TIERS,
    ApiKey,
    Burst,
    KeyState,
    Name,
    QuotaMonth,
    RateRps,
    RetentionDays,
    Tenant,
    Tier,
    issue_key,
    new_tenant,
)
from services.core.usage import MonthOfUsage, month_of, month_of_lines
from services.core.webhook_errors import WebhookNotFound
from services.core.webhooks import Endpoint
from services.ports import Clock, Tenants, Usage
from services.ports_upkeep import Seals
from services.ports_webhooks import Endpoints

GRACE_S = 24 * 3600.0
"""How long a rotated key works beside the new one, where nothing else is said."""


class Terms(BaseModel, extra="forbid"):
    """A tier and what differs from its limits. A quota of null is none at all."""

    tier: Tier | None = None
    rate_rps: RateRps | None = None
    burst: Burst | None = None
    quota_month: QuotaMonth | None = None
    retention_days: RetentionDays | None = None

    def said(self) -> dict[str, Any]:
        """The limits that were said, and how long results are kept."""
        said = self.model_dump(exclude={"tier"}, include=set(Terms.model_fields), exclude_unset=True)
        return {name: value for name, value in said.items() if value is not None or name == "quota_month"}


class NewTenant(Terms):
    """A tenant to be; without a tier it is `standard`."""

    name: Name


class KeyView(BaseModel):
    """A key without its secret."""

    id: str
    state: KeyState
    created_at_s: float
    expires_at_s: float | None = None
    revoked_at_s: float | None = None


class IssuedKey(KeyView):
    """A new key, told this once."""

    key: str


class SealedRows(BaseModel):
    """How much rests under a sealing key; under `none`, what an older version wrote."""

    key: str
    rows: int


class Administration:
    """The use cases. Every method raises ResultsUnavailable."""

    def __init__(self, tenants: Tenants, usage: Usage, endpoints: Endpoints, seals: Seals, clock: Clock):
        self._tenants, self._usage, self._endpoints, self._seals = tenants, usage, endpoints, seals
        self._clock = clock

    async def create_tenant(self, wanted: NewTenant) -> Tenant:
        """Raises TenantExists."""
        tenant = new_tenant(wanted.name, wanted.tier or "standard", self._clock.now(), **wanted.said())
        if not await self._tenants.create(tenant):
            raise TenantExists
        return tenant

    async def change_tenant(self, name: str, terms: Terms) -> Tenant:
        """Another tier brings its own limits; what is not said stays. Raises TenantNotFound."""
        tenant = await self._tenant(name)
        tiers_own = {"tier": terms.tier} | TIERS[terms.tier].model_dump() if terms.tier else {}
        tenant = tenant.model_copy(update=tiers_own | terms.said())
        await self._tenants.change(tenant)
        return tenant

    async def list_tenants(self) -> list[Tenant]:
        """All, by name."""
        return await self._tenants.all()

    async def create_key(self, name: str) -> IssuedKey:
        """Raises TenantNotFound."""
        key, text = issue_key((await self._tenant(name)).id, self._clock.now())
        await self._tenants.save_keys(key)
        return self._issued(key, text)

    async def list_keys(self, name: str) -> list[KeyView]:
        """Raises TenantNotFound."""
        return [self._view(key) for key in await self._tenants.keys((await self._tenant(name)).id)]

    async def rotate_key(self, key_id: str, grace_s: float = GRACE_S) -> IssuedKey:
        """A new key for the same tenant; the old one works `grace_s` longer, or less if that was said before.

        Raises KeyNotFound, KeyNotActive.
        """
        now_s, old = self._clock.now(), await self._key(key_id)
        if old.state(now_s) not in {KeyState.ACTIVE, KeyState.EXPIRING}:
            raise KeyNotActive
        ends_s = min(now_s + grace_s, old.expires_at_s or float("inf"))
        key, text = issue_key(old.tenant_id, now_s)
        await self._tenants.save_keys(old.model_copy(update={"expires_at_s": ends_s}), key)
        return self._issued(key, text)

    async def revoke_key(self, key_id: str) -> KeyView:
        """Twice changes nothing. Raises KeyNotFound."""
        key = await self._key(key_id)
        if key.revoked_at_s is None:
            key = key.model_copy(update={"revoked_at_s": self._clock.now()})
            await self._tenants.save_keys(key)
        return self._view(key)

    async def list_webhooks(self, name: str) -> list[Endpoint]:
        """Raises TenantNotFound."""
        return await self._endpoints.all((await self._tenant(name)).id)

    async def disable_webhook(self, webhook_id: str) -> Endpoint:
        """Nothing more is sent to it, on its way or not; twice changes nothing. Raises WebhookNotFound."""
        await self._endpoints.disable(webhook_id, self._clock.now(), "operator")
        endpoint = await self._endpoints.find(webhook_id)
        if endpoint is None:
            raise WebhookNotFound
        return endpoint

    async def sealing(self) -> list[SealedRows]:
        """A key that is not among them may retire, once it is in front nowhere."""
        return [
            SealedRows(key=key, rows=rows) for key, rows in sorted((await self._seals.sealed_with()).items())
        ]

    async def usage(self, name: str, month: str | None = None) -> MonthOfUsage:
        """What a tenant used, in this month by default. Raises TenantNotFound."""
        tenant, month = await self._tenant(name), month or month_of(self._clock.now())
        return month_of_lines(month, await self._usage.of_month(tenant.id, month))

    async def _tenant(self, name: str) -> Tenant:
        tenant = await self._tenants.find(name)
        if tenant is None:
            raise TenantNotFound
        return tenant

    async def _key(self, key_id: str) -> ApiKey:
        found = await self._tenants.find_key(key_id)
        if found is None:
            raise KeyNotFound
        return found[0]

    def _view(self, key: ApiKey) -> KeyView:
        return KeyView(state=key.state(self._clock.now()), **key.model_dump())

    def _issued(self, key: ApiKey, text: str) -> IssuedKey:
        return IssuedKey(key=text, **self._view(key).model_dump())
