"""What webhooks need from the outside, as roles."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from services.core.events import Event
from services.core.webhooks import Delivery, DeliveryState, Endpoint, Secret


class Endpoints(Protocol):
    """Keeps where tenants want to be told. Every method raises ResultsUnavailable."""

    async def all(self, tenant_id: str) -> list[Endpoint]:
        """A tenant's, oldest first."""

    async def find(self, webhook_id: str) -> Endpoint | None:
        """One of any tenant."""

    async def disable(self, webhook_id: str, at_s: float, because: str) -> None:
        """Switch it off, and give up what is on its way. Twice changes nothing."""


class Webhooks(Endpoints, Protocol):
    """The same, with what signs: sealed, so that it can be read again."""

    async def add(self, endpoint: Endpoint, secrets: list[Secret]) -> bool:
        """Write it down; False when the tenant has one of this URL."""

    async def remove(self, endpoint: Endpoint) -> None:
        """Forget it, its secrets and its deliveries."""

    async def secrets(self, webhook_id: str) -> list[Secret]:
        """The newest first; none when there is no such webhook. Raises SealKeyUnknown, SealBroken."""

    async def save_secrets(self, webhook_id: str, secrets: list[Secret]) -> None:
        """Write them anew."""


class Outbox(Protocol):
    """Keeps what is to be delivered; `Results.finish` puts in how a check ended.

    Every method raises ResultsUnavailable.
    """

    async def put(self, endpoint: Endpoint, event: Event) -> Delivery:
        """One event for one endpoint, due at once."""

    async def find(self, webhook_id: str, delivery_id: str) -> Delivery | None:
        """Where it stands."""

    async def page(
        self, webhook_id: str, most: int, after: str | None = None, state: DeliveryState | None = None
    ) -> list[Delivery]:
        """The newest of an endpoint's, from after that one on."""

    async def resend(self, webhook_id: str, delivery_id: str, now_s: float) -> None:
        """It is due now, and all its tries are before it again."""

    async def claim(
        self, now_s: float, until_s: float, most: int, without: Collection[str]
    ) -> list[Delivery]:
        """Take some that are due: nobody else will before `until_s`. None of the endpoints in `without`."""

    async def record(self, claimed: Delivery, after: Delivery) -> bool:
        """What became of what was claimed; False, and nothing, when somebody else has it by now."""

    async def backlog(self, now_s: float) -> tuple[int, float]:
        """How many are pending, and for how many seconds the longest is overdue."""

    async def forget(self, before_s: float, most: int) -> int:
        """Delete what was put in before that; how many there were."""


class Courier(Protocol):
    """Brings messages to addresses that somebody else chose."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status that came back; a redirect is one, and nobody follows it.

        Raises Undelivered: the address may not be reached, or nothing came back in time.
        """
