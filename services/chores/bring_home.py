"""Objects that the fallback store took in go home to the primary, and missed deletions are made up for."""

from __future__ import annotations

from services.chores import Chore
from services.ports import Stores


async def _run(stores: Stores) -> None:
    await stores.objects.reconcile()


CHORE = Chore("bring-home", every_s=30, run=_run)
