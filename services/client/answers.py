"""What the API says, read: checks, the account, errors. Fields that this client does not know are ignored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Generic, Literal, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from .calls import look_up
from .errors import AnswerInvalid, EkycError, Problem, StillPending, Unreachable, error_of

R = TypeVar("R")
T = TypeVar("T")

POLL_S = 1.0
"""How soon to look again where the API does not say."""
LEAST_POLL_S = 0.1
"""Where it says sooner."""


class Answer(BaseModel):
    """The base of all that is read."""

    model_config = ConfigDict(frozen=True)


class ModelInfo(Answer):
    """Which model answered."""

    name: str
    version: str


class UsageLine(Answer):
    """How many checks ended in one way."""

    check: str
    code: str
    """`done`, or the code of the error that the check ended with"""
    billable: bool
    count: int


class MonthOfUsage(Answer):
    """The account's checks of a calendar month, UTC."""

    month: str
    billable: int
    """Checks that are charged for"""
    lines: list[UsageLine]


class ErrorEntry(Answer):
    """One way in which a request or a check may end."""

    code: str
    status: int
    title: str
    billable: bool
    retryable: bool


DeliveryState = Literal["pending", "delivered", "dead"] | str


class Webhook(Answer):
    """Where the account is told of what happens."""

    id: str
    url: str
    events: list[str]
    created_at_s: float
    disabled_at_s: float | None = None
    """Since then nothing is sent."""
    disabled_because: str | None = None


class IssuedWebhook(Webhook):
    """With its new secret, told this once: for `verify_webhook`."""

    secret: str = Field(repr=False)


class Attempt(Answer):
    """One try to deliver: the status that came back, or why none did."""

    at_s: float
    ms: int
    status: int | None = None
    error: str | None = None


class WebhookDelivery(Answer):
    """An event on its way to a webhook; its id is the `webhook-id` that arrives."""

    id: str
    type: str
    state: DeliveryState
    created_at_s: float
    next_at_s: float | None
    attempts: list[Attempt]


class WebhookDeliveries(Answer):
    """Some of a webhook's, newest first; `next` is the `after` of those that follow."""

    deliveries: list[WebhookDelivery]
    next: str | None


class Erased(Answer):
    """One thing that was deleted, and the SHA-256 of its bytes as they rested, sealed."""

    kind: Literal["check", "result", "image", "session", "feedback"] | str
    id: str
    sha256: str | None = None


class CheckDeletion(Answer):
    """A check that was deleted; `receipt`, a JSON Web Signature, proves it once it is complete."""

    id: str
    check: str
    deleted_at_s: float
    complete: bool
    """False: an image may lie in a store that is away; it is deleted when that is back."""
    erased: list[Erased]
    receipt: str | None


class CheckFeedback(Answer):
    """What was said of an answer, as it stands now."""

    id: str
    check: str
    verdict: Literal["right", "wrong"] | str
    truth: str | dict[str, str] | None = Field(default=None, repr=False)
    at_s: float


class PublicKey(Answer):
    """A JSON Web Key that verifies receipts (Ed25519)."""

    kty: str
    crv: str
    alg: str
    use: str
    kid: str
    x: str


class KeySet(Answer):
    """All of them."""

    keys: list[PublicKey]


class CheckBody(Answer):
    """A check as it travels."""

    id: str
    check: str
    status: Literal["pending", "done"]
    result: Any = None
    model: ModelInfo | None = None
    timings_ms: dict[str, float] = {}


class ProblemBody(Answer):
    """A problem document."""

    title: str = ""
    detail: str = ""
    code: str
    billable: bool = False
    image: str | None = None
    id: str | None = None


@dataclass(frozen=True)
class Check(Generic[R]):
    """A check that the API has accepted."""

    id: str
    name: str
    is_done: bool
    is_replay: bool
    """Whether it was made by an earlier request with the same idempotency key."""
    model: ModelInfo | None
    """Which model answered, once it is done."""
    timings_ms: Mapping[str, float]
    """Milliseconds by stage, once it is done; `total` is from the request's arrival until the result."""
    retry_after_s: float
    """When to look it up again, as long as it is pending."""
    url: str = field(repr=False)
    """Where to look it up."""
    wanted: type[R] = field(repr=False)
    """The type of its result."""
    _result: R | None = field(repr=False)  # may hold what a document says about a person

    @property
    def result(self) -> R:
        """What the model says. Raises StillPending."""
        if self._result is None:
            raise StillPending.of(self.id)
        return self._result


def read_check(response: httpx.Response, type_of: Callable[[str], type[R]]) -> Check[R]:
    """The check in an answer; `type_of` its name is the type of its result. Raises AnswerInvalid."""
    body = read(response, CheckBody)
    is_done, wanted = body.status == "done", type_of(body.check)
    asked_s = retry_after_s(response.headers)
    result = TypeAdapter(wanted)
    return Check(
        id=body.id,
        name=body.check,
        is_done=is_done,
        is_replay=response.headers.get("Idempotency-Replayed") == "true",
        model=body.model,
        timings_ms=body.timings_ms,
        retry_after_s=POLL_S if asked_s is None else max(asked_s, LEAST_POLL_S),
        url=_address(response, body.id),
        wanted=wanted,
        _result=_validated(lambda: result.validate_python(body.result), body.id) if is_done else None,
    )


def read(response: httpx.Response, wanted: type[T]) -> T:
    """The body of an answer. Raises AnswerInvalid."""
    return _validated(lambda: TypeAdapter(wanted).validate_json(response.content))


def validated(wanted: type[T], value: object) -> T:
    """A part of an answer. Raises AnswerInvalid."""
    return _validated(lambda: TypeAdapter(wanted).validate_python(value))


def read_error(outcome: httpx.Response | httpx.RequestError) -> EkycError:
    """What went wrong, where it is no answer that a try ended with."""
    if isinstance(outcome, httpx.Response):
        return error_of(_problem(outcome))
    error = Unreachable(Problem("unreachable", f"{type(outcome).__name__}: {outcome}"))
    error.__cause__ = outcome
    return error


def retry_after_s(headers: httpx.Headers) -> float | None:
    """The Retry-After of an answer (RFC 9110): seconds, or a date, which its own Date tells from now."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        pause = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):  # neither; or one of them knows no time zone
        return None
    return max(pause.total_seconds(), 0.0)


def _problem(response: httpx.Response) -> Problem:
    try:
        body = ProblemBody.model_validate_json(response.content)
    except ValidationError:  # not the API's: a proxy's page, which may say anything
        body = ProblemBody(code=f"http-{response.status_code}", detail=response.reason_phrase)
    return Problem(
        code=body.code,
        detail=body.detail or body.title,
        status=response.status_code,
        billable=body.billable,
        image=body.image,
        check_id=body.id,
        retry_after_s=retry_after_s(response.headers),
    )


def _validated(validate: Callable[[], T], check_id: str | None = None) -> T:
    try:
        return validate()
    except ValidationError as error:
        # Where it is wrong, but not what is there: that may be about a person.
        places = [".".join(map(str, one["loc"])) for one in error.errors(include_input=False)]
    raise AnswerInvalid(Problem("answer-invalid", f"not as expected: {', '.join(places)}", check_id=check_id))


def _address(response: httpx.Response, check_id: str) -> str:
    """Where to look a check up: its Location, if that is where the API is; the key is for nobody else."""
    try:
        url = response.url.join(response.headers["Location"])
    except (KeyError, httpx.InvalidURL):
        return look_up(check_id).url
    here = response.url
    is_here = (url.scheme, url.host, url.port) == (here.scheme, here.host, here.port)
    return str(url) if is_here else look_up(check_id).url
