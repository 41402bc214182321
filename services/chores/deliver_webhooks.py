"""Tenants are told of what happened, wherever they asked for it."""

from __future__ import annotations

from services.chores import Chore
from services.ports import Stores
from services.postman import Postman


async def _run(stores: Stores) -> None:
    await Postman(stores).run()


CHORE = Chore("deliver-webhooks", every_s=1, run=_run)
