"""Deletions that were cut short, or that met a store that was away, are finished and proved."""

from __future__ import annotations

from services.chores import Chore
from services.erasure import Erasure
from services.ports import Stores

BATCH = 100
LEFT_ALONE_S = 60.0
"""As long as the request itself may be at it."""


async def _run(stores: Stores) -> None:
    erasure = Erasure(stores.results, stores.objects, stores.deletions, stores.notary, stores.clock)
    for deletion in await stores.deletions.unproved(stores.clock.now() - LEFT_ALONE_S, BATCH):
        await erasure.finish(deletion)


CHORE = Chore("finish-deletions", every_s=30, run=_run)
