"""No image outlives its task for long, whatever became of whoever should have deleted it."""

from __future__ import annotations

from services.chores import Chore
from services.core.conventions import TASK_TTL_MAX_S
from services.ports import Stores

SPARE_S = 3600
"""For clocks that differ, and for the chore's own period."""


async def _run(stores: Stores) -> None:
    await stores.objects.expire(stores.clock.now() - TASK_TTL_MAX_S - SPARE_S)


CHORE = Chore("expire-images", every_s=1800, run=_run)
