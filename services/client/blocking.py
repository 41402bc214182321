"""The client for code that blocks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, ClassVar, Literal, Self, Unpack

import httpx

from .answers import (
    Check,
    CheckDeletion,
    CheckFeedback,
    ErrorEntry,
    IssuedWebhook,
    KeySet,
    MonthOfUsage,
    R,
    Webhook,
    WebhookDeliveries,
    WebhookDelivery,
)
from .calls import Call, Options, deletions_call, feedback_call, look_up, webhooks_call
from .core import Core, Terms
from .exchange import Outcome, Steps, T, Try
from .images import Image, read_images
from .session_answers import CreatedSession, SessionOfBusiness


class BlockingCaller:
    """Sends what there is to say, under one key or token."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        http: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
        **terms: Unpack[Terms],
    ):
        """Give `http` for an authority or a proxy of your own; it stays yours to close.

        Raises ValueError: `base_url` is no address of HTTP.
        """
        self._core = Core(base_url, api_key, **terms)
        self._http, self._is_own = http or httpx.Client(), http is None
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, unless they are the caller's."""
        if self._is_own:
            self._http.close()

    def _say(self, call: Call, wanted: type[T]) -> T:
        return self._run(self._core.say(call, wanted))

    def _run(self, steps: Steps[T]) -> T:
        try:
            step = next(steps)
            while True:
                step = steps.send(self._take(step))
        except StopIteration as end:
            value: T = end.value
            return value

    def _take(self, step: Try) -> Outcome:
        if step.after_s:
            self._sleep(step.after_s)
        try:
            request = self._http.build_request(**self._core.request_of(step))
            return self._http.send(request, follow_redirects=False)
        except httpx.RequestError as error:
            return error


class BlockingClient(BlockingCaller):
    """Asks for checks by their names. Several threads may share one."""

    results: ClassVar[Mapping[str, type[Any]]] = {}
    """The type of each check's result."""

    def check(
        self, name: str, images: Mapping[str, Image | None], result: type[R], **options: Unpack[Options]
    ) -> Check[R]:
        """Ask for the check `name` and wait until it is done. Raises EkycError; OSError: of an image."""
        return self._run(self._core.check(name, read_images(images), result, options))

    def get_check(self, check_id: str) -> Check[Any]:
        """Where a check stands. Raises NotFound, the error that it ended with, any EkycError."""
        return self._run(self._core.get_check(check_id, self.results))

    def get_verification(self, verification_id: str) -> Check[Any]:
        """Where a verification stands. Raises NotFound, the error that it ended with, any EkycError."""
        return self._run(self._core.get_check(verification_id, self.results, "verifications"))

    def wait(self, check: Check[R], timeout_s: float | None = None) -> Check[R]:
        """Wait until a check is done. Raises StillPending, the error that it ended with, any EkycError."""
        return self._run(self._core.wait(check, timeout_s))

    def create_session(self, reference: str | None = None, expires_in_s: int | None = None) -> CreatedSession:
        """Let a phone take the pictures of a verification; give it the token. Raises EkycError."""
        return self._run(self._core.create_session(reference, expires_in_s))

    def get_session(self, session_id: str) -> SessionOfBusiness:
        """Where a session stands, its verification included. Raises NotFound, any EkycError."""
        return self._run(self._core.get_session(session_id, self.results))

    def usage(self, month: str | None = None) -> MonthOfUsage:
        """What the account used in a month, `2026-11` for one; in this one by default. Raises EkycError."""
        return self._run(self._core.usage(month))

    def errors(self) -> list[ErrorEntry]:
        """Every error code that the API has. Raises EkycError."""
        return self._run(self._core.errors())

    def create_webhook(self, url: str, events: Sequence[str] | None = None) -> IssuedWebhook:
        """Be told at `url` of `events`, by default all; keep its secret. Raises EkycError."""
        body = {"url": url} | ({"events": list(events)} if events is not None else {})
        return self._say(webhooks_call(method="POST", body=body), IssuedWebhook)

    def webhooks(self) -> list[Webhook]:
        """The account's webhooks. Raises EkycError."""
        return self._say(webhooks_call(), list[Webhook])

    def webhook(self, webhook_id: str) -> Webhook:
        """One of them. Raises NotFound, any EkycError."""
        return self._say(webhooks_call(webhook_id), Webhook)

    def delete_webhook(self, webhook_id: str) -> None:
        """Be told no more. Raises NotFound, any EkycError."""
        self._run(self._core.done(webhooks_call(webhook_id, method="DELETE")))

    def rotate_webhook_secret(self, webhook_id: str) -> IssuedWebhook:
        """A new secret; for 24 hours the old one signs beside it. Raises NotFound, any EkycError."""
        return self._say(webhooks_call(webhook_id, "rotate", method="POST"), IssuedWebhook)

    def test_webhook(self, webhook_id: str) -> WebhookDelivery:
        """Have a `webhook.test` sent. Raises NotFound, any EkycError."""
        return self._say(webhooks_call(webhook_id, "test", method="POST"), WebhookDelivery)

    def webhook_deliveries(self, webhook_id: str, after: str | None = None) -> WebhookDeliveries:
        """What was sent in 30 days, newest first, a page at a time. Raises NotFound, any EkycError."""
        call = webhooks_call(webhook_id, "deliveries", params={"after": after} if after else {})
        return self._say(call, WebhookDeliveries)

    def resend_webhook_delivery(self, webhook_id: str, delivery_id: str) -> WebhookDelivery:
        """Have it sent again, now. Raises NotFound, any EkycError."""
        call = webhooks_call(webhook_id, "deliveries", delivery_id, "resend", method="POST")
        return self._say(call, WebhookDelivery)

    def delete_check(self, check_id: str) -> CheckDeletion:
        """Delete a check, its result and its images; twice is once. Raises NotFound, any EkycError."""
        return self._say(look_up(check_id, method="DELETE"), CheckDeletion)

    def delete_verification(self, verification_id: str) -> CheckDeletion:
        """Delete a verification, its checks and its images; twice is once. Raises NotFound, any EkycError."""
        return self._say(look_up(verification_id, "verifications", "DELETE"), CheckDeletion)

    def feedback_on_check(
        self, check_id: str, verdict: Literal["right", "wrong"], truth: str | Mapping[str, str] | None = None
    ) -> CheckFeedback:
        """Say what was true: `different`, `spoof`, the fields of a document. The last word stands.

        Raises NotFound; RequestRefused: it has no result, or the truth does not fit; any EkycError.
        """
        return self._say(feedback_call(check_id, "checks", verdict, truth), CheckFeedback)

    def feedback_on_verification(
        self,
        verification_id: str,
        verdict: Literal["right", "wrong"],
        truth: Literal["approve", "reject"] | None = None,
    ) -> CheckFeedback:
        """Say what was true. The last word stands. Raises as `feedback_on_check` does."""
        call = feedback_call(verification_id, "verifications", verdict, truth)
        return self._say(call, CheckFeedback)

    def deletion(self, check_id: str) -> CheckDeletion:
        """What was deleted of a check, and the receipt. Raises NotFound, any EkycError."""
        return self._say(deletions_call(check_id), CheckDeletion)

    def deletion_keys(self) -> KeySet:
        """What verifies receipts, with any library for JSON Web Signatures. Raises EkycError."""
        return self._say(deletions_call("keys"), KeySet)
