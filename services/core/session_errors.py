"""How a session may refuse its phone, or its business."""

from __future__ import annotations

from services.core.errors import ServiceError


class SessionNotFound(ServiceError):
    """The business has no session with this id."""

    status, code, title = 404, "session-not-found", "No session has this id"


class TokenUnknown(ServiceError):
    """The token is none, of another session or of another secret: a guesser is told no more."""

    status, code, title = 401, "token-unknown", "The session's token is not valid"


class SessionExpired(ServiceError):
    """The session's time is over: it takes no picture and starts no verification."""

    status, code, title = 410, "session-expired", "The session has expired"


class SessionClosed(ServiceError):
    """Its pictures were submitted, so that none is taken any more."""

    status, code, title = 409, "session-closed", "The session takes no pictures now"


class SessionIncomplete(ServiceError):
    """A slot has no picture."""

    status, code, title = 409, "session-incomplete", "A picture is missing"
