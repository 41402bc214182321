"""What is said of checks that were deleted."""

from __future__ import annotations

from services.core.errors import ServiceError


class CheckDeleted(ServiceError):
    """The check was deleted on request; `GET /v1/deletions/{id}` proves it."""

    status, code, title = 410, "check-deleted", "The check was deleted"


class CheckIsPart(ServiceError):
    """The verification's result holds the check's: they go together."""

    status, code, title = 409, "check-is-part", "The check goes with its verification"


class DeletionNotFound(ServiceError):
    """No check of the tenant with this id was deleted."""

    status, code, title = 404, "deletion-not-found", "No check with this id was deleted"
