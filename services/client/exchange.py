"""How a check is asked for and waited for, without a socket or a clock.

Each function yields tries and is sent what became of them; the clients do the sending and the sleeping.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import TypeVar

import httpx

from .answers import Check, R, read_check, read_error
from .calls import Call
from .errors import EkycError, StillPending
from .retries import Retries, pause_s

T = TypeVar("T")

LEAST_TIMEOUT_S = 1.0
"""A try that begins has a chance, however near the deadline is."""


@dataclass(frozen=True)
class Try:
    """Sleep `after_s`, then send `call`, and give up on it when nothing comes for `timeout_s`."""

    call: Call
    after_s: float
    timeout_s: float


Outcome = httpx.Response | httpx.RequestError
Steps = Generator[Try, Outcome, T]


@dataclass(frozen=True)
class Patience:
    """Until when, and how."""

    until_s: float
    """In the time of `now`."""
    now: Callable[[], float]
    retries: Retries

    def left_s(self) -> float:
        """Seconds until the deadline."""
        return self.until_s - self.now()


def answered(call: Call, patience: Patience, after_s: float = 0.0) -> Steps[httpx.Response]:
    """Send `call` until there is an answer. Raises the last EkycError when it is not worth another try."""
    failures = 0
    while True:
        longest_s = patience.retries.try_timeout_s + call.held_s
        left_s = max(patience.left_s() - after_s, LEAST_TIMEOUT_S)
        outcome = yield Try(call, after_s, min(longest_s, left_s))
        if isinstance(outcome, httpx.Response) and outcome.is_success:
            return outcome
        error = read_error(outcome)
        failures += 1
        pause = pause_s(error, call.method, failures, patience.left_s(), patience.retries)
        if pause is None:
            raise error
        after_s = pause


def done(check: Check[R], patience: Patience) -> Steps[Check[R]]:
    """Look a check up until it is done. Raises StillPending, and the error that it ended with."""
    call, wanted = Call("GET", check.url), check.wanted
    while not check.is_done:
        left_s = patience.left_s()
        if left_s <= 0:
            raise StillPending.of(check.id)
        try:
            response = yield from answered(call, patience, after_s=min(check.retry_after_s, left_s))
        except EkycError as error:
            raise _about(check.id, error) from error.__cause__
        check = read_check(response, lambda _: wanted)
    return check


def _about(check_id: str, error: EkycError) -> EkycError:
    """The same error, with the check that it is about: its owner may look for it later."""
    return type(error)(replace(error.problem, check_id=check_id))
