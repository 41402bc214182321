"""Both sides of webhooks and deletions: the client asks, the API answers."""

from __future__ import annotations

import pytest

from services.client import NotFound, RequestRefused
from tests.unit.services.client.test_tenancy import Line
from tests.unit.services.tenancy import CHECK, FILES, Front

URL = "https://hooks.example/"


@pytest.fixture
def line(shop: Front) -> Line:
    return Line(shop)


async def test_a_webhooks_life(line: Line) -> None:
    ekyc = await line.client("acme")
    made = await ekyc.create_webhook(URL, events=["check.completed"])
    assert made.secret not in repr(made)
    (shown,) = await ekyc.webhooks()
    assert (shown, shown.events) == (await ekyc.webhook(made.id), ["check.completed"])
    assert (await ekyc.rotate_webhook_secret(made.id)).secret != made.secret
    await ekyc.check(CHECK, FILES, dict)
    test = await ekyc.test_webhook(made.id)
    page = await ekyc.webhook_deliveries(made.id)
    assert {one.type for one in page.deliveries} == {"check.completed", "webhook.test"}
    assert (await ekyc.webhook_deliveries(made.id, after=page.deliveries[-1].id)).deliveries == []
    assert (await ekyc.resend_webhook_delivery(made.id, test.id)).state == "pending"
    await ekyc.delete_webhook(made.id)
    with pytest.raises(NotFound, match="webhook-not-found"):
        await ekyc.webhook(made.id)


async def test_what_is_refused_is_raised(line: Line) -> None:
    ekyc = await line.client("acme")
    with pytest.raises(RequestRefused, match="webhook-url-refused"):
        await ekyc.create_webhook("http://127.0.0.1/")


async def test_a_check_is_deleted_and_its_receipt_is_kept(line: Line) -> None:
    ekyc = await line.client("acme")
    check = await ekyc.check(CHECK, FILES, dict)
    gone = await ekyc.delete_check(check.id)
    assert (gone.complete, gone == await ekyc.deletion(check.id)) == (True, True)
    (key,) = (await ekyc.deletion_keys()).keys
    assert (gone.receipt is not None, key.alg) == (True, "EdDSA")
    with pytest.raises(NotFound, match="check-deleted"):
        await ekyc.get_check(check.id)


async def test_what_was_true_is_told(line: Line) -> None:
    ekyc = await line.client("acme")
    check = await ekyc.check(CHECK, FILES, dict)
    told = await ekyc.feedback_on_check(check.id, "wrong", truth="different")
    assert (told.id, told.verdict, told.truth) == (check.id, "wrong", "different")
    with pytest.raises(RequestRefused, match="truth-unfit"):
        await ekyc.feedback_on_check(check.id, "wrong", truth={"sex": "F"})
    with pytest.raises(NotFound, match="check-not-found"):
        await ekyc.feedback_on_verification(check.id, "right")
