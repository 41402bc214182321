"""What is signed, what becomes of a try, and what is said of an event."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.client import WebhookInvalid, verify_webhook
from services.core.errors import BrokerUnavailable, FaceMissing
from services.core.events import TYPES, of_reply, of_test
from services.core.messages import Reply, Status
from services.core.webhooks import (
    KEPT_ATTEMPTS,
    OVERLAP_S,
    RETRY_AFTER_S,
    Attempt,
    Delivery,
    DeliveryState,
    Secret,
    new_secret,
    rotated,
    sign,
)

NOW_S = 1_700_000_000.0
ID = "msg_1"


@given(st.dictionaries(st.text(), st.text()), st.integers(-300, 300))
def test_the_client_believes_what_the_services_sign(said: dict[str, str], late_s: int) -> None:
    """Both are written by the same specification, each for itself: here they meet."""
    body, secret = json.dumps(said).encode(), new_secret()
    headers = sign(body, ID, NOW_S, [secret])
    assert verify_webhook(body, headers, secret.text, now=lambda: NOW_S + late_s) == said
    with pytest.raises(WebhookInvalid):
        verify_webhook(body + b" ", headers, secret.text, now=lambda: NOW_S)
    with pytest.raises(WebhookInvalid):
        verify_webhook(body, headers, new_secret().text, now=lambda: NOW_S)


def test_the_example_of_the_specifications_libraries() -> None:
    secret = Secret(text="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = sign(b'{"test": 2432232314}', "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, [secret])
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_replaced_secret_signs_for_a_day_more() -> None:
    old = new_secret()
    both = rotated([old], NOW_S)
    for now_s, believed in ((NOW_S + OVERLAP_S - 1, True), (NOW_S + OVERLAP_S, False)):
        headers = sign(b"{}", ID, now_s, both)
        assert verify_webhook(b"{}", headers, both[0].text, tolerance_s=1e9) == {}
        assert (len(headers["webhook-signature"].split(" ")) == 2) is believed
    thrice = rotated(rotated(both, NOW_S + 1), NOW_S + 2)
    assert [one.is_valid(NOW_S + 3) for one in thrice] == [True] * 4
    assert "whsec" not in repr(thrice)


def delivery(failures: int = 0) -> Delivery:
    return Delivery(
        webhook_id="w", id=ID, tenant_id="t", type="check.completed", payload="{}", failures=failures,
        state=DeliveryState.PENDING, next_at_s=NOW_S, attempts=[], created_at_s=NOW_S,
    )  # fmt: skip


def test_a_failure_is_tried_again_on_the_schedule_and_given_up_after_it() -> None:
    one, now_s, pauses = delivery(), NOW_S, []
    while one.state is DeliveryState.PENDING:
        one = one.after(Attempt(at_s=now_s, ms=1, status=500), now_s, jitter=0)
        pauses.append(one.next_at_s - now_s)
        now_s = one.next_at_s
    assert (one.state, pauses[:-1]) == (DeliveryState.DEAD, list(RETRY_AFTER_S))
    assert len(one.attempts) == len(RETRY_AFTER_S) + 1


def test_jitter_only_makes_it_later() -> None:
    failed = Attempt(at_s=NOW_S, ms=1, error="timeout")
    assert delivery().after(failed, NOW_S, jitter=1).next_at_s == NOW_S + RETRY_AFTER_S[0] * 1.2


@pytest.mark.parametrize(
    ("status", "state"),
    [(200, "delivered"), (204, "delivered"), (302, "pending"), (410, "dead"), (503, "pending")],
)
def test_a_status_decides(status: int, state: str) -> None:
    assert delivery().after(Attempt(at_s=NOW_S, ms=1, status=status), NOW_S, 0).state == state


def test_only_the_latest_tries_are_kept() -> None:
    one = delivery().model_copy(update={"attempts": [Attempt(at_s=0, ms=n) for n in range(KEPT_ATTEMPTS)]})
    assert [try_.ms for try_ in one.after(Attempt(at_s=0, ms=99), 0, 0).attempts][-2:] == [19, 99]


REPLY = Reply(id="c1", check="document-ocr", status=Status.DONE, result={"name": "ŽOFIE"})


def test_an_event_says_codes_and_links_and_nothing_about_a_person() -> None:
    event = of_reply(REPLY, 1.5)
    assert event is not None
    assert json.loads(event.payload) == {
        "type": "check.completed",
        "timestamp": "1970-01-01T00:00:01.500Z",
        "data": {
            "id": "c1",
            "check": "document-ocr",
            "status": "done",
            "code": "done",
            "url": "/v1/checks/c1",
        },
    }
    failed = of_reply(Reply.failed(REPLY, FaceMissing("nobody in Jane's picture")), 1.5)
    assert failed is not None
    assert (failed.type, failed.data["code"], "Jane" in failed.payload) == ("check.failed", "no-face", False)
    assert {event.type, failed.type} <= set(TYPES)


def test_what_was_never_accepted_is_no_event() -> None:
    assert of_reply(Reply.failed(REPLY, BrokerUnavailable()), 1.5) is None


def test_an_events_id_is_its_own() -> None:
    events = [of_reply(REPLY, 1.5), of_reply(REPLY, 9.0), of_test("w", "c1", 1.5), of_test("w", "c2", 1.5)]
    assert len({event.id for event in events if event}) == 3
