"""How a request about webhooks may be refused."""

from __future__ import annotations

from services.core.errors import ServiceError


class WebhookNotFound(ServiceError):
    """No webhook of the tenant has this id."""

    status, code, title = 404, "webhook-not-found", "No webhook has this id"


class DeliveryNotFound(ServiceError):
    """The webhook has no delivery with this id, or it was forgotten."""

    status, code, title = 404, "delivery-not-found", "No delivery has this id"


class WebhookExists(ServiceError):
    """The tenant has a webhook with this URL."""

    status, code, title = 409, "webhook-exists", "A webhook has this URL already"


class WebhooksTooMany(ServiceError):
    """The tenant has as many webhooks as it may."""

    status, code, title = 409, "webhooks-too-many", "There are as many webhooks as there may be"


class WebhookDisabled(ServiceError):
    """The webhook is switched off: its endpoint said 410, or an operator did it."""

    status, code, title = 409, "webhook-disabled", "The webhook is switched off"


class WebhookUrlRefused(ServiceError):
    """Nothing may be sent to this URL."""

    status, code, title = 422, "webhook-url-refused", "Nothing may be sent to this URL"
