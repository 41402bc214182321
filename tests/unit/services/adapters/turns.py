"""Who goes on next, where several processes wait for the same stores."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar, copy_context
from typing import Any


class Act:
    """Something a process does; of those that wait for a store, the one of the highest rank goes on."""

    def __init__(self, rank: float, work: Coroutine[Any, Any, None]):
        self.rank = rank
        self.turns = 0
        context = copy_context()
        context.run(_ACT.set, self)
        self.task = asyncio.create_task(work, context=context)


_ACT: ContextVar[Act] = ContextVar("_ACT")
Incident = Callable[[Act], None]
"""May change the rank of the act whose turn it is, or end it."""


class Turns:
    """One call at a time goes on, by rank: a process that stands still for long is what breaks a protocol."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Act, asyncio.Future[None]]] = []

    async def take(self) -> None:
        """Wait for one."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((_ACT.get(), turn))
        await turn

    async def play(self, *acts: Act, incident: Incident = lambda _: None) -> None:
        """Until all of `acts` have ended."""
        while not all(act.task.done() for act in acts):
            for _ in range(12):  # whatever can go on without a turn does
                await asyncio.sleep(0)
            self._next(incident)
        for act in acts:
            if not act.task.cancelled():
                act.task.result()

    def _next(self, incident: Incident) -> None:
        self._waiting = [(act, turn) for act, turn in self._waiting if not turn.done()]
        if self._waiting:
            act, turn = max(self._waiting, key=lambda one: one[0].rank)
            rank = act.rank
            act.turns += 1
            incident(act)
            if act.rank == rank and not turn.done():
                turn.set_result(None)
