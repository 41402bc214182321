"""All that the two clients do alike: everything but sending and sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypedDict

import httpx

from .answers import LEAST_POLL_S, POLL_S, Check, ErrorEntry, MonthOfUsage, R, read, read_check, validated
from .calls import (
    Call,
    Options,
    check_call,
    create_session_call,
    errors_call,
    look_up,
    submit_call,
    upload_call,
    usage_call,
)
from .errors import StillPending
from .exchange import Patience, Steps, T, Try, answered, done
from .retries import Retries
from .session_answers import CreatedSession, SessionOfBusiness, SessionState


class Terms(TypedDict, total=False):
    """How a client treats its API."""

    timeout_s: float
    """For a call with all its tries and pauses; 60 by default."""
    retries: Retries
    now: Callable[[], float]
    """The time in seconds, for deadlines."""


class Core:
    """What is said to one API, under one key. Its methods are steps for a client to take."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        timeout_s: float = 60.0,
        retries: Retries | None = None,
        now: Callable[[], float] = time.monotonic,
    ):
        url = httpx.URL(base_url)
        if url.scheme not in {"http", "https"} or not url.host:
            raise ValueError("base_url: https://host, with a port and a path where there are any")
        self._base_url, self._api_key = base_url, api_key
        self._timeout_s, self._retries, self._now = timeout_s, retries or Retries(), now

    def request_of(self, step: Try) -> dict[str, Any]:
        """The arguments of httpx's `build_request`."""
        return step.call.on_wire(self._base_url, self._api_key) | {"timeout": step.timeout_s}

    def check(
        self, name: str, images: Mapping[str, bytes], result: type[R], options: Options
    ) -> Steps[Check[R]]:
        """Ask for a check; wait until it is done, unless the options say otherwise."""
        call = check_call(name, images, options)
        patience = self._patience(options.get("timeout_s"))
        check = read_check((yield from answered(call, patience)), lambda _: result)
        return check if options.get("prefer_async") else (yield from done(check, patience))

    def get_check(
        self, check_id: str, results: Mapping[str, type[Any]], kind: str = "checks"
    ) -> Steps[Check[Any]]:
        """Look a check up; of one that is not among `results` the result is a `dict`."""
        response = yield from self._answered(look_up(check_id, kind))
        return read_check(response, lambda name: results.get(name, dict))

    def wait(self, check: Check[R], timeout_s: float | None) -> Steps[Check[R]]:
        """Look a check up until it is done."""
        return (yield from done(check, self._patience(timeout_s)))

    def create_session(self, reference: str | None, expires_in_s: int | None) -> Steps[CreatedSession]:
        """Make a session."""
        response = yield from self._answered(create_session_call(reference, expires_in_s))
        return read(response, CreatedSession)

    def get_session(self, session_id: str, results: Mapping[str, type[Any]]) -> Steps[SessionOfBusiness]:
        """Look a session up, as the business."""
        response = yield from self._answered(look_up(session_id, "sessions"))
        session = read(response, SessionOfBusiness)
        said = session.verification
        if said is None or said.result is None:
            return session
        result = validated(results.get("verification", dict), said.result)
        return session.model_copy(update={"verification": said.model_copy(update={"result": result})})

    def upload(self, session_id: str, slot: str, image: bytes) -> Steps[SessionState]:
        """Put a picture into a slot."""
        return read((yield from self._answered(upload_call(session_id, slot, image))), SessionState)

    def submit(self, session_id: str) -> Steps[SessionState]:
        """Have the pictures verified."""
        return read((yield from self._answered(submit_call(session_id))), SessionState)

    def session_state(self, session_id: str) -> Steps[SessionState]:
        """Look a session up, as a phone."""
        return read((yield from self._answered(look_up(session_id, "sessions"))), SessionState)

    def processed(self, session_id: str, timeout_s: float | None) -> Steps[SessionState]:
        """Look a session up until it is no longer processing."""
        patience, call, after_s = self._patience(timeout_s), look_up(session_id, "sessions"), 0.0
        while True:
            state = read((yield from answered(call, patience, after_s)), SessionState)
            left_s = patience.left_s()
            if state.status != "processing":
                return state
            if left_s <= 0:
                raise StillPending.of(session_id)
            after_s = min(max(state.retry_after_s or POLL_S, LEAST_POLL_S), left_s)

    def usage(self, month: str | None) -> Steps[MonthOfUsage]:
        """What was used in a month."""
        return self.say(usage_call(month), MonthOfUsage)

    def errors(self) -> Steps[list[ErrorEntry]]:
        """Every error code."""
        return self.say(errors_call(), list[ErrorEntry])

    def say(self, call: Call, wanted: type[T]) -> Steps[T]:
        """Send something, and read what comes back."""
        return read((yield from self._answered(call)), wanted)

    def done(self, call: Call) -> Steps[None]:
        """Send something that is answered with nothing."""
        yield from self._answered(call)

    def _answered(self, call: Call) -> Steps[httpx.Response]:
        return answered(call, self._patience())

    def _patience(self, timeout_s: float | None = None) -> Patience:
        most_s = self._timeout_s if timeout_s is None else timeout_s
        return Patience(self._now() + most_s, self._now, self._retries)
