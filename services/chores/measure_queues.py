"""How old the oldest check is that nobody answered: it tells of a queue that no worker takes from, too.

The results know it, the broker does not. A check in a worker's hands counts: it may be stuck there.
"""

from __future__ import annotations

from services import metrics, models
from services.chores import Chore
from services.ports import Stores


async def _run(stores: Stores) -> None:
    ages_s = await stores.upkeep.oldest_pending(stores.clock.now())
    for check in models.names():
        metrics.queue_age.labels(check).set(ages_s.get(check, 0.0))


CHORE = Chore("measure-queues", every_s=15, run=_run)
