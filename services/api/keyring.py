"""Whose key it is."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from services.core.errors import KeyMissing, KeyUnknown
from services.core.tenants import ApiKey, Tenant, split_key
from services.ports import Clock, Tenants

KEPT_S = 5.0
"""How long a looked-up key is believed: a revoked one works no longer than that, and so do old limits."""
MOST_KEPT = 10_000

Found = tuple[ApiKey, Tenant] | None


@dataclass
class _Kept:
    until_s: float
    found: asyncio.Future[Found]


class Keyring:
    """Looks keys up, each at most once in KEPT_S."""

    def __init__(self, tenants: Tenants, clock: Clock):
        self._tenants = tenants
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def tenant_of(self, text: str | None) -> Tenant:
        """The tenant that a key opens. Raises KeyMissing, KeyUnknown, ResultsUnavailable."""
        if not text:
            raise KeyMissing
        parts = split_key(text)
        if parts is None:
            raise KeyUnknown
        key_id, secret = parts
        found = await self._find(key_id)
        if found is None or not found[0].opens(secret, self._clock.now()):
            raise KeyUnknown
        return found[1]

    async def _find(self, key_id: str) -> Found:
        kept = self._kept.get(key_id)
        if kept is None or self._clock.now() >= kept.until_s:
            # The request that looks it up may be given up; the others wait for the same answer.
            looking = asyncio.ensure_future(self._tenants.find_key(key_id))
            kept = self._kept[key_id] = _Kept(self._clock.now() + KEPT_S, looking)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key_id)
        try:
            return await asyncio.shield(kept.found)
        except Exception:  # not believed for a moment longer, whatever it is
            kept.until_s = 0.0
            raise
