"""What rests under an older sealing key, or under none, is sealed with the first, so that keys can retire."""

from __future__ import annotations

from services import metrics
from services.chores import Chore
from services.ports import Stores


async def _run(stores: Stores) -> None:
    metrics.resealed.inc(await stores.upkeep.reseal())


CHORE = Chore("reseal", every_s=300, run=_run)
