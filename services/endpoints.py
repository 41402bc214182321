"""What a tenant does about its webhooks."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from uuid import uuid4

from pydantic import BaseModel, Field

from services.core import events
from services.core.events import TYPES, EventType
from services.core.targets import MOST_CHARACTERS, check_url
from services.core.webhook_errors import (
    DeliveryNotFound,
    WebhookDisabled,
    WebhookExists,
    WebhookNotFound,
    WebhooksTooMany,
)
from services.core.webhooks import (
    MOST_ENDPOINTS,
    Attempt,
    Delivery,
    DeliveryState,
    Endpoint,
    Secret,
    new_secret,
    rotated,
)
from services.ports import Clock
from services.ports_webhooks import Outbox, Webhooks

PAGE = 50


class NewWebhook(BaseModel, extra="forbid"):
    """A webhook to be."""

    url: str = Field(
        min_length=1, max_length=MOST_CHARACTERS, description="https://; its host must be a public one"
    )
    events: list[EventType] = Field(
        default=list(TYPES), min_length=1, max_length=len(TYPES), description="By default all there are"
    )


class Webhook(BaseModel):
    """Where you are told, and of what."""

    id: str
    url: str
    events: list[str]
    created_at_s: float = Field(description="Unix seconds, as all that end in `_at_s`")
    disabled_at_s: float | None = Field(default=None, description="Since then nothing is sent")
    disabled_because: str | None = Field(
        default=None, description="`gone`: the endpoint answered 410; `operator`: we switched it off"
    )


class IssuedWebhook(Webhook):
    """A webhook with its new secret, told this once."""

    secret: str = Field(description="`whsec_…`: verify what arrives with it, as Standard Webhooks says")


class WebhookDelivery(BaseModel):
    """An event on its way to a webhook."""

    id: str = Field(description="The header `webhook-id`, the same for every try")
    type: str
    state: DeliveryState
    created_at_s: float
    next_at_s: float | None = Field(description="When it is tried next; null when it is not")
    attempts: list[Attempt] = Field(description="The latest 20, oldest first; `error` where no status came")


class WebhookDeliveries(BaseModel):
    """Some of a webhook's deliveries, newest first."""

    deliveries: list[WebhookDelivery]
    next: str | None = Field(description="Give it as `after` for those that follow; null: there are none")


@dataclass(frozen=True)
class EndpointOffice:
    """The use cases; another tenant's ids are as unknown as none. Every method raises ResultsUnavailable."""

    webhooks: Webhooks
    outbox: Outbox
    clock: Clock
    private_targets: bool
    """Whether loopback and private addresses are allowed."""

    async def create(self, tenant_id: str, wanted: NewWebhook) -> IssuedWebhook:
        """Raises WebhookUrlRefused, WebhookExists, WebhooksTooMany."""
        check_url(wanted.url, private=self.private_targets)
        if len(await self.webhooks.all(tenant_id)) >= MOST_ENDPOINTS:
            raise WebhooksTooMany(f"{MOST_ENDPOINTS} are allowed")
        endpoint = Endpoint(
            id=secrets.token_hex(8),
            tenant_id=tenant_id,
            url=wanted.url,
            events=sorted(set(wanted.events)),
            created_at_s=self.clock.now(),
        )
        secret = new_secret()
        if not await self.webhooks.add(endpoint, [secret]):
            raise WebhookExists
        return _issued(endpoint, secret)

    async def list(self, tenant_id: str) -> list[Webhook]:
        """The oldest first."""
        return [_view(endpoint) for endpoint in await self.webhooks.all(tenant_id)]

    async def get(self, tenant_id: str, webhook_id: str) -> Webhook:
        """Raises WebhookNotFound."""
        return _view(await self._find(tenant_id, webhook_id))

    async def remove(self, tenant_id: str, webhook_id: str) -> None:
        """Raises WebhookNotFound."""
        await self.webhooks.remove(await self._find(tenant_id, webhook_id))

    async def rotate(self, tenant_id: str, webhook_id: str) -> IssuedWebhook:
        """A new secret; the old one signs beside it for a day. Raises WebhookNotFound, SealKeyUnknown."""
        endpoint = await self._find(tenant_id, webhook_id)
        known = rotated(await self.webhooks.secrets(webhook_id), self.clock.now())
        await self.webhooks.save_secrets(webhook_id, known)
        return _issued(endpoint, known[0])

    async def test(self, tenant_id: str, webhook_id: str) -> WebhookDelivery:
        """Send an event of no meaning. Raises WebhookNotFound, WebhookDisabled."""
        endpoint = await self._enabled(tenant_id, webhook_id)
        event = events.of_test(webhook_id, uuid4().hex, self.clock.now())
        return _delivery(await self.outbox.put(endpoint, event))

    async def deliveries(
        self, tenant_id: str, webhook_id: str, most: int, after: str | None, state: DeliveryState | None
    ) -> WebhookDeliveries:
        """A page. Raises WebhookNotFound."""
        await self._find(tenant_id, webhook_id)
        found = await self.outbox.page(webhook_id, most + 1, after, state)
        more = found[most - 1].id if len(found) > most else None
        return WebhookDeliveries(deliveries=[_delivery(one) for one in found[:most]], next=more)

    async def resend(self, tenant_id: str, webhook_id: str, delivery_id: str) -> WebhookDelivery:
        """Whatever became of it. Raises WebhookNotFound, WebhookDisabled, DeliveryNotFound."""
        await self._enabled(tenant_id, webhook_id)
        await self.outbox.resend(webhook_id, delivery_id, self.clock.now())
        delivery = await self.outbox.find(webhook_id, delivery_id)
        if delivery is None:
            raise DeliveryNotFound
        return _delivery(delivery)

    async def _find(self, tenant_id: str, webhook_id: str) -> Endpoint:
        endpoint = await self.webhooks.find(webhook_id)
        if endpoint is None or endpoint.tenant_id != tenant_id:
            raise WebhookNotFound
        return endpoint

    async def _enabled(self, tenant_id: str, webhook_id: str) -> Endpoint:
        endpoint = await self._find(tenant_id, webhook_id)
        if endpoint.disabled_at_s is not None:
            raise WebhookDisabled
        return endpoint


def _view(endpoint: Endpoint) -> Webhook:
    return Webhook.model_validate(endpoint.model_dump())


def _issued(endpoint: Endpoint, secret: Secret) -> IssuedWebhook:
    return IssuedWebhook(secret=secret.text, **_view(endpoint).model_dump())


def _delivery(delivery: Delivery) -> WebhookDelivery:
    shown = delivery.model_dump(include=set(WebhookDelivery.model_fields))
    is_pending = delivery.state is DeliveryState.PENDING
    return WebhookDelivery.model_validate(shown | {"next_at_s": delivery.next_at_s if is_pending else None})
