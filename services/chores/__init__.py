"""What is done again and again beside the checks: one file a chore, found by its name.

Such a file holds `CHORE`, a `Chore`. Several processes may run the same one at once, and each may be stopped
at any moment: a chore looks at what there is, never at what it did before.
"""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from services import metrics
from services.ports import Stores

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Chore:
    """Something to be repeated."""

    name: str
    every_s: float
    run: Callable[[Stores], Awaitable[None]]
    """Once over everything; raises when something is left to do."""


def chores() -> list[Chore]:
    """Every chore there is."""
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [importlib.import_module(f"{__name__}.{name}").CHORE for name in modules]


async def keep_house(stores: Stores) -> None:
    """Do every chore again and again, until cancelled."""
    await asyncio.gather(*(_repeat(chore, stores) for chore in chores()))


async def _repeat(chore: Chore, stores: Stores) -> None:
    fails = False
    while True:
        try:
            await chore.run(stores)
        except Exception as error:  # whatever it is, it is tried again; said once, for an outage may be long
            if not fails:
                log.warning("chore fails", chore=chore.name, error=repr(error), cause=repr(error.__cause__))
            fails = True
            metrics.chore_runs.labels(chore.name, "failed").inc()
        else:
            if fails:
                log.info("chore works again", chore=chore.name)
            fails = False
            metrics.chore_runs.labels(chore.name, "done").inc()
            metrics.chore_done_at.labels(chore.name).set(stores.clock.now())
        await stores.clock.sleep(chore.every_s)
