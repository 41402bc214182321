"""What the API and the worker need from the outside, as roles. Adapters stand behind each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from services.core.backlog import Load
from services.core.idempotency import Claim
from services.core.limits import Pace, Quota, Turn
from services.core.messages import Record, Reply, Task
from services.core.sessions import Session
from services.core.tenants import ApiKey, Tenant
from services.core.usage import UsageLine
from services.ports_feedback import FeedbackBook
from services.ports_upkeep import Deletions, Notary, Upkeep
from services.ports_webhooks import Courier, Outbox, Webhooks


class Port(Protocol):
    """What every connection to the outside can do."""

    async def open(self) -> None:
        """Connect and prepare (queues, tables). May be called again after it raised a ServiceError."""

    async def ready(self) -> str | None:
        """Return when usable now, with what is amiss even so; raise the port's ServiceError when not."""

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

    @property
    def traceparent(self) -> str | None:
        """The span that published it, as `tracing.carried` said there."""

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
        """Return once the broker holds the task safely, and with it what `tracing.carried` says.

        Raises QueueFull, BrokerUnavailable: the task must be taken as not published.
        """

    def on_reply(self, listener: Callable[[Reply], None]) -> None:
        """Call `listener` with each reply to a task that this process published. To be said before `open`."""

    async def consume(self, check: str, prefetch: int) -> Consumer:
        """Subscribe; at most `prefetch` tasks are handed out and not yet ended."""

    async def load(self, check: str) -> Load:
        """How many tasks no worker has taken, and how many workers there are. Raises BrokerUnavailable."""


class ObjectStore(Port, Protocol):
    """Keeps images between the API and the worker. A key is written once, and never again after its deletion.

    Every method raises StoreUnavailable when the store cannot be reached.
    """

    async def put(self, objects: Mapping[str, bytes | bytearray]) -> None:
        """Store all of `objects`, by key."""

    async def get(self, keys: list[str]) -> dict[str, bytes]:
        """Fetch all of `keys` at once; those that do not exist are left out."""

    async def delete(self, keys: list[str]) -> None:
        """Forget `keys`; those that do not exist are fine."""

    async def digests(self, keys: list[str]) -> dict[str, str]:
        """SHA-256 of what rests at `keys`, sealed where it is; those that do not exist are left out."""

    async def reconcile(self) -> None:
        """Make up for what could not be done while a part of it was away. Many processes may at once."""

    async def expire(self, before_s: float) -> None:
        """Forget all that was stored before that moment, in Unix seconds of the store's clock."""


class Bucket(ObjectStore, Protocol):
    """One provider's object store, which can also say what it holds."""

    async def stored_s(self, keys: list[str]) -> dict[str, float]:
        """When each of `keys` was stored, in Unix seconds of the store's clock, without those not there."""

    def pages(self, folder: str | None = None) -> AsyncIterator[dict[str, float]]:
        """The keys below `folder`, some at a time, and when each was stored."""


class Results(Port, Protocol):
    """Keeps what became of each check. Every method raises ResultsUnavailable when it cannot be reached."""

    async def create(self, task: Task, claim: Claim | None = None) -> bool:
        """Write down a pending check; False, and nothing, when the claim's key stands for another already."""

    async def finish(self, reply: Reply) -> Reply:
        """Write the final word and its usage record, unless there is one already; return the one that stands.

        A check under a verification has no usage record: the verification has.

        A check that failed on our side lets go of its idempotency key, so that sending it again is worth it.
        """

    async def get(self, tenant: str, task_id: str) -> Record | None:
        """Look up a check of this tenant; another's is as unknown as none."""

    async def parts(self, tenant: str, verification_id: str) -> list[Record]:
        """The checks under a verification of this tenant."""

    async def claimed(self, tenant: str, key: str, since_s: float) -> tuple[Record, str] | None:
        """The check that the tenant's key stands for, and its request's hash.

        One from before `since_s` (Unix seconds) lets go of the key.
        """


class Tenants(Protocol):
    """Keeps tenants and their keys, where the results are. Every method raises ResultsUnavailable."""

    async def find_key(self, key_id: str) -> tuple[ApiKey, Tenant] | None:
        """A key in any state, and whose it is."""

    async def create(self, tenant: Tenant) -> bool:
        """Write a tenant down; False when the name is taken."""

    async def find(self, name: str) -> Tenant | None:
        """The tenant of this name."""

    async def change(self, tenant: Tenant) -> None:
        """Write a known tenant's tier and limits anew."""

    async def all(self) -> list[Tenant]:
        """Every tenant, by name."""

    async def keys(self, tenant_id: str) -> list[ApiKey]:
        """A tenant's keys in any state, oldest first."""

    async def save_keys(self, *keys: ApiKey) -> None:
        """Write new keys down and known ones anew, all or none."""


class Sessions(Protocol):
    """Keeps sessions, where the results are. Every method raises ResultsUnavailable."""

    async def create(self, session: Session) -> None:
        """Write a new one down."""

    async def find(self, session_id: str) -> tuple[Session, Tenant | None] | None:
        """A session, and whose it is; None where keys are off."""

    async def change(self, before: Session, after: Session) -> Session | None:
        """Write `after` down and return it as it is then; None, and nothing, when `before` is outdated."""


class Usage(Protocol):
    """Counts the usage records that `Results.finish` writes. Every method raises ResultsUnavailable."""

    async def of_month(self, tenant_id: str, month: str) -> list[UsageLine]:
        """How a tenant's checks of a month ended, by check and code."""

    async def committed(self, tenant_id: str, month: str, now_s: float) -> int:
        """The tenant's billable checks of the month, those included that are still on their way."""


class LimiterUnavailable(Exception):
    """The limiter cannot be reached; no client is ever told."""


class Limiter(Protocol):
    """Counts calls against limits, for all processes together. Every method raises LimiterUnavailable."""

    async def take(self, pace: Pace, quota: Quota | None = None) -> Turn:
        """One call: take from the bucket and from the quota, or from neither."""

    async def give_back(self, quota: Quota) -> None:
        """What was taken from the quota was not used."""

    async def count(self, quota: Quota, used: int, for_s: float) -> None:
        """Say how much of a quota is used, if nobody has; it is to be counted anew after `for_s`."""

    async def close(self) -> None:
        """Let go of everything."""


class Clock(Protocol):
    """Time, so that tests need not wait for it."""

    def now(self) -> float:
        """Unix seconds."""

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""


@dataclass(frozen=True, kw_only=True)
class Stores:
    """What keeps something, and who looks after it, as a process without a queue sees it."""

    objects: ObjectStore
    results: Results
    tenants: Tenants
    sessions: Sessions
    usage: Usage
    feedback: FeedbackBook
    webhooks: Webhooks
    outbox: Outbox
    courier: Courier
    deletions: Deletions
    notary: Notary
    upkeep: Upkeep
    clock: Clock

    def by_name(self) -> dict[str, Port]:
        """What has to be opened."""
        return {"objects": self.objects, "results": self.results}


@dataclass(frozen=True, kw_only=True)
class Ports(Stores):
    """Everything outside, as one process sees it."""

    broker: Broker
    limiter: Limiter
    """Of new checks, which all processes share."""
    own_limiter: Limiter
    """Of look-ups, which cost too little to ask anybody else."""

    def by_name(self) -> dict[str, Port]:
        """What has to be opened."""
        return {"broker": self.broker, **super().by_name()}
