"""No result outlives its tenant's time. Its images went before: they stay for a day at most."""

from __future__ import annotations

from services import metrics
from services.chores import Chore
from services.core.tenants import LOCAL_ID, RETENTION_DAYS
from services.ports import Stores

BATCH = 500
DAY_S = 86_400.0


async def _run(stores: Stores) -> None:
    days = {LOCAL_ID: RETENTION_DAYS} | {one.id: one.retention_days for one in await stores.tenants.all()}
    for tenant_id, kept in days.items():
        await _expire(stores, tenant_id, stores.clock.now() - kept * DAY_S)


async def _expire(stores: Stores, tenant_id: str, before_s: float) -> None:
    gone = BATCH
    while gone == BATCH:
        gone = await stores.upkeep.expire(tenant_id, before_s, BATCH)
        metrics.results_expired.inc(gone)


CHORE = Chore("expire-results", every_s=300, run=_run)
