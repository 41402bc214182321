"""Webhooks that were sent, or given up, a month ago."""

from __future__ import annotations

from services.chores import Chore
from services.core.webhooks import KEPT_S
from services.ports import Stores

BATCH = 500


async def _run(stores: Stores) -> None:
    before_s = stores.clock.now() - KEPT_S
    while await stores.outbox.forget(before_s, BATCH) == BATCH:
        pass


CHORE = Chore("forget-deliveries", every_s=600, run=_run)
