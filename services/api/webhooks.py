"""A tenant's webhooks: registered, tested, looked at, sent again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.api.bodies import described, read_json
from services.api.gate import GUARDED, Gate, OpenGate, uncharged_router
from services.api.problems import declared
from services.core.errors import BadRequest, BodyTooLarge, SealBroken, SealKeyUnknown
from services.core.webhook_errors import (
    DeliveryNotFound,
    WebhookDisabled,
    WebhookExists,
    WebhookNotFound,
    WebhooksTooMany,
    WebhookUrlRefused,
)
from services.core.webhooks import DeliveryState
from services.endpoints import (
    PAGE,
    EndpointOffice,
    IssuedWebhook,
    NewWebhook,
    Webhook,
    WebhookDeliveries,
    WebhookDelivery,
)

MOST_PAGE = 100

WebhookId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
DeliveryId = Annotated[str, Path(pattern=r"^msg_[0-9a-f]{32}$")]
After = Annotated[str | None, Query(pattern=r"^msg_[0-9a-f]{32}$", description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=MOST_PAGE)]
State = Annotated[DeliveryState | None, Query(description="Only those in this state")]

_KNOWN = (BadRequest, WebhookNotFound, *GUARDED)


def routes(gate: Gate | OpenGate, office: EndpointOffice) -> APIRouter:
    """/v1/webhooks and what is below."""
    router = uncharged_router(gate, "webhooks")
    _add_webhooks(router, office)
    _add_secrets(router, office)
    _add_deliveries(router, office)
    return router


def _add_webhooks(router: APIRouter, office: EndpointOffice) -> None:
    @router.post(
        "/webhooks",
        status_code=201,
        summary="Be told of what happens; the secret is shown this once",
        operation_id="create-webhook",
        responses=declared(
            BadRequest, BodyTooLarge, WebhookUrlRefused, WebhookExists, WebhooksTooMany, *GUARDED
        ),
        openapi_extra=described(NewWebhook),
    )
    async def create_webhook(request: Request) -> IssuedWebhook:
        wanted = await read_json(request, NewWebhook)
        return await office.create(_tenant(request), wanted)

    @router.get(
        "/webhooks",
        summary="Your webhooks",
        operation_id="list-webhooks",
        responses=declared(*GUARDED),
    )
    async def list_webhooks(request: Request) -> list[Webhook]:
        return await office.list(_tenant(request))

    @router.get(
        "/webhooks/{webhook_id}",
        summary="One of your webhooks",
        operation_id="get-webhook",
        responses=declared(*_KNOWN),
    )
    async def get_webhook(request: Request, webhook_id: WebhookId) -> Webhook:
        return await office.get(_tenant(request), webhook_id)

    @router.delete(
        "/webhooks/{webhook_id}",
        status_code=204,
        summary="Be told no more; its deliveries are forgotten",
        operation_id="delete-webhook",
        responses=declared(*_KNOWN),
    )
    async def delete_webhook(request: Request, webhook_id: WebhookId) -> Response:
        await office.remove(_tenant(request), webhook_id)
        return Response(status_code=204)


def _add_secrets(router: APIRouter, office: EndpointOffice) -> None:
    @router.post(
        "/webhooks/{webhook_id}/rotate",
        status_code=201,
        summary="A new secret; for 24 hours the old one signs beside it",
        operation_id="rotate-webhook-secret",
        responses=declared(SealKeyUnknown, SealBroken, *_KNOWN),
    )
    async def rotate_secret(request: Request, webhook_id: WebhookId) -> IssuedWebhook:
        return await office.rotate(_tenant(request), webhook_id)

    @router.post(
        "/webhooks/{webhook_id}/test",
        status_code=202,
        summary="Send an event of type `webhook.test`; its delivery says what came back",
        operation_id="test-webhook",
        responses=declared(WebhookDisabled, *_KNOWN),
    )
    async def test_webhook(request: Request, webhook_id: WebhookId) -> WebhookDelivery:
        return await office.test(_tenant(request), webhook_id)


def _add_deliveries(router: APIRouter, office: EndpointOffice) -> None:
    @router.get(
        "/webhooks/{webhook_id}/deliveries",
        summary="What was sent in the last 30 days, and what came back; the newest first",
        operation_id="list-webhook-deliveries",
        responses=declared(*_KNOWN),
    )
    async def list_deliveries(
        request: Request, webhook_id: WebhookId, limit: Limit = PAGE, after: After = None, state: State = None
    ) -> WebhookDeliveries:
        return await office.deliveries(_tenant(request), webhook_id, limit, after, state)

    @router.post(
        "/webhooks/{webhook_id}/deliveries/{delivery_id}/resend",
        status_code=202,
        summary="Send it again, now, whatever became of it",
        operation_id="resend-webhook-delivery",
        responses=declared(DeliveryNotFound, WebhookDisabled, *_KNOWN),
    )
    async def resend(request: Request, webhook_id: WebhookId, delivery_id: DeliveryId) -> WebhookDelivery:
        return await office.resend(_tenant(request), webhook_id, delivery_id)


def _tenant(request: Request) -> str:
    tenant_id: str = request.state.caller.tenant_id
    return tenant_id
