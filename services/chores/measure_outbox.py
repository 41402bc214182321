"""How many webhooks wait, and how long one has waited past its time: deliveries may be stuck."""

from __future__ import annotations

from services import metrics
from services.chores import Chore
from services.ports import Stores


async def _run(stores: Stores) -> None:
    pending, overdue_s = await stores.outbox.backlog(stores.clock.now())
    metrics.webhook_backlog.set(pending)
    metrics.webhook_overdue.set(overdue_s)


CHORE = Chore("measure-outbox", every_s=15, run=_run)
