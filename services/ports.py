"""What the API and the worker need from the outside, as roles. Adapters stand behind each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from services.core.messages import Record, Reply, Task


class Port(Protocol):
    """What every connection to the outside can do."""

    async def open(self) -> None:
        """Connect and prepare (queues, tables). May be called again after it raised a ServiceError."""

    async def ready(self) -> None:
        """Return when usable now; raise the port's ServiceError when not."""

    async def close(self) -> None:
        """Let go of everything."""


class Delivery(Protocol):
    """One task handed to this worker. Exactly one of `ack`, `hand_back`, `dead_letter` ends it.

    All of them may be called after the connection was lost: they do nothing then, because the broker has
    already taken the task back.
    """

    @property
    def body(self) -> bytes:
        """The encoded Task."""

    @property
    def redelivered(self) -> bool:
        """Whether somebody may have worked on it before."""

    async def reply(self, reply: Reply) -> None:
        """Tell the process that asked. Best effort: the results table has the answer as well."""

    async def ack(self) -> None:
        """The task is done with."""

    async def hand_back(self) -> None:
        """Another worker shall take it; counts towards the delivery limit."""

    async def dead_letter(self) -> None:
        """Nobody can process it; keep it for a person to look at."""


class Consumer(Protocol):
    """A worker's subscription to one check's tasks."""

    async def take(self) -> Delivery | None:
        """Wait for the next task; None once stopped. Safe to cancel."""

    async def stop(self) -> None:
        """Take no more, and hand back what was delivered but not taken."""


class Broker(Port, Protocol):
    """Carries tasks to workers and replies back."""

    async def publish(self, task: Task) -> None:
        """Return once the broker holds the task safely.

        Raises QueueFull, BrokerUnavailable: the task must be taken as not published.
        """

    def on_reply(self, listener: Callable[[Reply], None]) -> None:
        """Call `listener` with each reply to a task that this process published. To be said before `open`."""

    async def consume(self, check: str, prefetch: int) -> Consumer:
        """Subscribe; at most `prefetch` tasks are handed out and not yet ended."""


class ObjectStore(Port, Protocol):
    """Keeps images between the API and the worker.

    Every method raises StoreUnavailable when the store cannot be reached.
    """

    async def put(self, objects: Mapping[str, bytes]) -> None:
        """Store all of `objects`, by key."""

    async def get(self, keys: list[str]) -> dict[str, bytes]:
        """Fetch all of `keys` at once; those that do not exist are left out."""

    async def delete(self, keys: list[str]) -> None:
        """Forget `keys`; those that do not exist are fine."""


class Results(Port, Protocol):
    """Keeps what became of each check. Every method raises ResultsUnavailable when it cannot be reached."""

    async def create(self, task: Task) -> None:
        """Write down a pending check."""

    async def finish(self, reply: Reply) -> Reply:
        """Write the final word, unless one is there already; return the one that stands."""

    async def get(self, task_id: str) -> Record | None:
        """Look a check up."""


class Clock(Protocol):
    """Time, so that tests need not wait for it."""

    def now(self) -> float:
        """Unix seconds."""

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""


@dataclass(frozen=True)
class Ports:
    """Everything outside, as one process sees it."""

    broker: Broker
    objects: ObjectStore
    results: Results
    clock: Clock
