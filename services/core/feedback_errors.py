"""How feedback may be refused."""

from __future__ import annotations

from services.core.errors import ServiceError


class CheckNotDone(ServiceError):
    """The check is pending, or ended without a result: there is nothing to be right or wrong."""

    status, code, title = 409, "check-not-done", "The check has no result"


class TruthUnfit(ServiceError):
    """The truth is none that this check can have, or the verdict does not follow from it and the result."""

    status, code, title = 422, "truth-unfit", "The truth does not fit the check"
