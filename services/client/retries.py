"""Whether a request is worth sending again, and when."""

from __future__ import annotations

import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from .errors import EkycError, Unreachable


@dataclass(frozen=True)
class Retries:
    """How patient a client is."""

    first_pause_s: float = 0.5
    """The longest that the first pause may be; that of each next is twice as long."""
    longest_pause_s: float = 20.0
    longest_asked_s: float = 60.0
    """When the API asks to wait longer than this, the error is raised at once."""
    try_timeout_s: float = 30.0
    """How long one try may wait for a connection, and for each next piece of the answer."""
    jitter: Callable[[], float] = random.random
    """A number from 0 to 1."""


def pause_s(error: EkycError, method: str, failures: int, left_s: float, retries: Retries) -> float | None:
    """Seconds to wait after `error`, the last of `failures`; None: it is not worth another try in `left_s`.

    Never shorter than the API asked for, and on top of that jittered: callers that were all told the same
    shall not all come back at once.
    """
    asked_s = error.retry_after_s or 0.0
    if not is_retryable(error, method) or asked_s > retries.longest_asked_s:
        return None
    pause_s = asked_s + backoff_s(failures, retries)
    return pause_s if pause_s < left_s else None


def backoff_s(failures: int, retries: Retries) -> float:
    """Exponential backoff with full jitter (Brooker, "Exponential Backoff And Jitter", AWS, 2015)."""
    doubled = retries.first_pause_s * 2.0 ** min(failures - 1, 60)
    return retries.jitter() * min(doubled, retries.longest_pause_s)


def is_retryable(error: EkycError, method: str) -> bool:
    """Whether the same request may have another answer in a while."""
    if method == "GET" and error.check_id:
        return False  # not about this request: it is how the check ended, for good
    if isinstance(error, Unreachable):
        return _may_pass(error.__cause__)
    status = error.status or 0
    return status in {429, 502, 503, 504} or (status >= 500 and error.retry_after_s is not None)


def _may_pass(cause: BaseException | None) -> bool:
    """Not what was wrong before anything was sent: the address, the headers, the server's certificate."""
    if isinstance(cause, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return False
    while cause and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    return cause is None
