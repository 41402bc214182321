"""How the administration may refuse an operator. No tenant meets these, so the catalogue leaves them out."""

from __future__ import annotations

from services.core.errors import ServiceError


class AdminTokenWrong(ServiceError, for_tenants=False):
    """The token of the administration is missing or wrong."""

    status, code, title = 401, "admin-token-wrong", "Send the administration's token"


class TenantNotFound(ServiceError, for_tenants=False):
    """No tenant has this name."""

    status, code, title = 404, "tenant-not-found", "No tenant has this name"


class TenantExists(ServiceError, for_tenants=False):
    """A tenant has this name already."""

    status, code, title = 409, "tenant-exists", "A tenant has this name already"


class KeyNotFound(ServiceError, for_tenants=False):
    """No API key has this id."""

    status, code, title = 404, "key-not-found", "No API key has this id"


class KeyNotActive(ServiceError, for_tenants=False):
    """The key was revoked or has expired: there is nothing to rotate."""

    status, code, title = 409, "key-not-active", "The API key is not active"
