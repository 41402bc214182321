"""What is asked of the API, before anything is sent: one function a path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict
from urllib.parse import quote
from uuid import uuid4

USER_AGENT = "ekyc-client/1"


class Options(TypedDict, total=False):
    """How a check is asked for."""

    prefer_async: bool
    """Come back as soon as the check is accepted, with a check that is pending."""
    wait_s: int
    """How long the API may hold the request before it says that the check is pending. It has a bound too."""
    timeout_s: float
    """For all of it, tries and pauses; by default the client's."""
    idempotency_key: str
    """Your name for this check: sent again within 24 hours it is not made, nor charged, again. By default a
    new UUID, the same for every try."""


@dataclass(frozen=True)
class Call:
    """A request, without the address and the key."""

    method: str
    url: str
    """Below the API's address; a whole one where the API gave it."""
    headers: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    images: dict[str, bytes] = field(default_factory=dict, repr=False)
    body: dict[str, Any] | bytes | None = field(default=None, repr=False)
    """Other than images in parts: sent as JSON, or as it is."""
    held_s: float = 0.0
    """How long the API was allowed to hold it."""

    def on_wire(self, base_url: str, api_key: str | None) -> dict[str, Any]:
        """The arguments of httpx's `build_request`."""
        accept = {"Accept": "application/json, application/problem+json", "User-Agent": USER_AGENT}
        key = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        # A name that says nothing: that of a file may be a person's.
        files = {part: (part, data, "application/octet-stream") for part, data in self.images.items()}
        return {
            "method": self.method,
            "url": base_url.rstrip("/") + self.url if self.url.startswith("/") else self.url,
            "headers": accept | key | self.headers,
            "params": self.params or None,
            "files": files or None,
            "content": self.body if isinstance(self.body, bytes) else None,
            "json": self.body if isinstance(self.body, dict) else None,
        }


def check_call(name: str, images: Mapping[str, bytes], options: Options) -> Call:
    """Ask for a check."""
    wait_s = options.get("wait_s")
    preferences = ["respond-async"] if options.get("prefer_async") else []
    preferences += [] if wait_s is None else [f"wait={wait_s:d}"]
    headers = {"Idempotency-Key": options.get("idempotency_key", str(uuid4()))}
    if preferences:
        headers["Prefer"] = ", ".join(preferences)
    return Call("POST", f"/v1/{quote(name, safe='')}", headers, images=dict(images), held_s=wait_s or 0.0)


def look_up(check_id: str, kind: str = "checks", method: str = "GET") -> Call:
    """Where a check stands, or what else there is by its id; or its end."""
    return Call(method, f"/v1/{kind}/{quote(check_id, safe='')}")


def create_session_call(reference: str | None, expires_in_s: int | None) -> Call:
    """Make a session."""
    wanted = {"reference": reference, "expires_in_s": expires_in_s}
    return Call("POST", "/v1/sessions", body={name: one for name, one in wanted.items() if one is not None})


def upload_call(session_id: str, slot: str, image: bytes) -> Call:
    """Put a picture into a slot."""
    headers = {"Content-Type": "application/octet-stream"}
    return Call("PUT", f"{look_up(session_id, 'sessions').url}/{quote(slot, safe='')}", headers, body=image)


def submit_call(session_id: str) -> Call:
    """Have a session's pictures verified."""
    return Call("POST", f"{look_up(session_id, 'sessions').url}/submit")


def usage_call(month: str | None) -> Call:
    """What was used in a month, `2026-11` for one."""
    return Call("GET", "/v1/usage", params={"month": month} if month else {})


def webhooks_call(*below: str, method: str = "GET", **more: Any) -> Call:
    """Something about webhooks."""
    return Call(method, "/".join(["/v1/webhooks", *(quote(word, safe="") for word in below)]), **more)


def deletions_call(which: str) -> Call:
    """Something about deletions."""
    return Call("GET", f"/v1/deletions/{quote(which, safe='')}")


def feedback_call(check_id: str, kind: str, verdict: str, truth: str | Mapping[str, str] | None) -> Call:
    """Say what was true."""
    said = truth if truth is None or isinstance(truth, str) else dict(truth)
    return Call("POST", f"{look_up(check_id, kind).url}/feedback", body={"verdict": verdict, "truth": said})


def errors_call() -> Call:
    """Every error code there is."""
    return Call("GET", "/v1/errors")
