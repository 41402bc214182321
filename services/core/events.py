"""What tenants are told of: a type, and the id of what it is about. Never who anybody is.

Another kind of event is another word in TYPES, and a function that makes it beside `of_reply`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from services.core.errors import BrokerUnavailable, QueueFull, StoreUnavailable
from services.core.messages import Reply, Status
from services.core.usage import charge
from services.core.verification_parts import NAME as VERIFICATION

EventType = Literal["check.completed", "check.failed", "verification.completed", "verification.failed"]
"""What an endpoint may ask for."""
TYPES: tuple[EventType, ...] = get_args(EventType)
TEST = "webhook.test"

_TAKEN_BACK = {BrokerUnavailable.code, QueueFull.code, StoreUnavailable.code}
"""How a check ends that was refused before it was queued: nobody was given its id."""


@dataclass(frozen=True)
class Event:
    """Something that happened to one thing, once."""

    type: str
    about: str
    """Id of the thing."""
    at_s: float
    """When, in Unix seconds."""
    data: dict[str, str]
    """Ids, states, codes and links: who wants more reads it with a key."""

    @property
    def id(self) -> str:
        """The same each time that it is told of."""
        return "msg_" + hashlib.sha256(f"{self.type}\n{self.about}".encode()).hexdigest()[:32]

    @property
    def payload(self) -> str:
        """The body that is sent: written once, so that every try sends the same bytes."""
        at = datetime.fromtimestamp(self.at_s, UTC).isoformat(timespec="milliseconds")
        said = {
            "type": self.type,
            "timestamp": at.replace("+00:00", "Z"),
            "data": {"id": self.about} | self.data,
        }
        return json.dumps(said, separators=(",", ":"))


def of_reply(reply: Reply, at_s: float) -> Event | None:
    """The event of a check or a verification that ended; None for one that was never accepted."""
    code, _ = charge(reply)
    if code in _TAKEN_BACK:
        return None
    kind = "verification" if reply.check == VERIFICATION else "check"
    data = {
        "check": reply.check,
        "status": reply.status.value,
        "code": code,
        "url": f"/v1/{kind}s/{reply.id}",
    }
    how = "completed" if reply.status is Status.DONE else "failed"
    return Event(f"{kind}.{how}", reply.id, at_s, data)


def of_test(webhook_id: str, number: str, at_s: float) -> Event:
    """What is sent to see whether it arrives; `number` tells it from others."""
    return Event(TEST, number, at_s, {"webhook": webhook_id})
