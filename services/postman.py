"""Delivers what is due in the outbox, so that an endpoint that is slow holds up nobody but itself.

Many processes may do so at once: a claim is theirs for LEASE_S, and what was claimed by one that died is due
again after that. So a message may arrive twice, with the same `webhook-id`.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from services import metrics
from services.core.errors import ResultsUnavailable, ServiceError
from services.core.webhooks import Attempt, Delivery, DeliveryState, Endpoint, Undelivered, sign
from services.ports import Stores

log = structlog.get_logger(__name__)

LEASE_S = 60.0
"""Far longer than the courier takes for one."""
AT_ONCE = 200
OF_ONE_ENDPOINT = 8
LOOK_EVERY_S = 0.5
"""For what comes due while others are under way."""


@dataclass
class Postman:
    """One round: until nothing is due and nothing is under way."""

    stores: Stores
    jitter: Callable[[], float] = random.random
    _under_way: dict[asyncio.Task[None], str] = field(default_factory=dict)

    async def run(self) -> None:
        """Raises ResultsUnavailable; what was under way then is due again when its claim runs out."""
        try:
            while await self._claim():
                done, _ = await asyncio.wait(
                    self._under_way, timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    del self._under_way[task]
                    task.result()
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _claim(self) -> bool:
        """Start on all that is due and has room; False when there is nothing to do."""
        while (room := AT_ONCE - len(self._under_way)) > 0:
            now_s, busy = self.stores.clock.now(), Counter(self._under_way.values())
            full = [webhook_id for webhook_id, count in busy.items() if count >= OF_ONE_ENDPOINT]
            most = min(room, OF_ONE_ENDPOINT)
            claimed = await self.stores.outbox.claim(now_s, now_s + LEASE_S, most, full)
            for delivery in claimed:
                self._under_way[asyncio.create_task(self._deliver(delivery))] = delivery.webhook_id
            if not claimed:
                break
        return bool(self._under_way)

    async def _deliver(self, claimed: Delivery) -> None:
        endpoint = await self.stores.webhooks.find(claimed.webhook_id)
        if endpoint is None or endpoint.disabled_at_s is not None:
            dead = claimed.model_copy(update={"state": DeliveryState.DEAD})
            await self.stores.outbox.record(claimed, dead)
            return
        attempt = await self._attempt(claimed, endpoint)
        after = claimed.after(attempt, self.stores.clock.now(), self.jitter())
        if await self.stores.outbox.record(claimed, after):
            _tell(after, attempt)
        if attempt.is_gone:
            await self.stores.webhooks.disable(endpoint.id, self.stores.clock.now(), "gone")
            log.warning("webhook switched off", webhook=endpoint.id, tenant=endpoint.tenant_id)

    async def _attempt(self, delivery: Delivery, endpoint: Endpoint) -> Attempt:
        began_s = self.stores.clock.now()
        status, error = None, None
        try:
            secrets = await self.stores.webhooks.secrets(endpoint.id)
            body = delivery.payload.encode()
            headers = sign(body, delivery.id, began_s, secrets)
            status = await self.stores.courier.post(endpoint.url, headers, body)
        except Undelivered as undelivered:
            error = undelivered.reason
        except ResultsUnavailable:
            raise
        except ServiceError as unreadable:  # its secrets are sealed with a key that is not here
            error = unreadable.code
        ms = round((self.stores.clock.now() - began_s) * 1000)
        return Attempt(at_s=began_s, ms=ms, status=status, error=error)


def _tell(after: Delivery, attempt: Attempt) -> None:
    """No URL: what a tenant puts into its query is a secret."""
    outcome = "retried" if after.state is DeliveryState.PENDING else after.state.value
    metrics.webhook_deliveries.labels(outcome).inc()
    log.info(
        "webhook",
        webhook=after.webhook_id,
        tenant=after.tenant_id,
        id=after.id,
        type=after.type,
        outcome=outcome,
        status=attempt.status,
        error=attempt.error,
        ms=attempt.ms,
    )
