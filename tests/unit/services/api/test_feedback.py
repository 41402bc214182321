"""The business says what was true: of its own answers, once they are there, and the last word stands."""

from __future__ import annotations

from itertools import product
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from services.core.feedback import Labelled, Wanted
from services.core.tenants import LOCAL_ID
from services.ports import Ports
from tests.unit.services.api.test_verification_deletion import done
from tests.unit.services.tenancy import ASYNC, NO_FACE, Front
from tests.unit.services.verified import PATH


def counted(check: str, verdict: str) -> float:
    labels = {"check": check, "verdict": verdict}
    return REGISTRY.get_sample_value("ekyc_feedback_total", labels) or 0.0


async def kept(ports: Ports, **wanted: Any) -> list[Labelled]:
    return [one async for one in ports.feedback.all(Wanted(**wanted))]


async def parts(client: httpx.AsyncClient, ports: Ports) -> tuple[str, dict[str, str]]:
    """A done verification, and its checks by name."""
    verification_id = str((await done(client, ports))["id"])
    return verification_id, {
        one.check: one.id for one in await ports.results.parts(LOCAL_ID, verification_id)
    }


async def test_every_verdict_is_counted_from_zero_on(client: httpx.AsyncClient) -> None:
    text = (await client.get("/metrics")).text
    for check, verdict in product(["document-ocr", "verification"], ["right", "wrong"]):
        assert f'ekyc_feedback_total{{check="{check}",verdict="{verdict}"}} ' in text


async def test_the_last_word_stands_and_is_counted_once(client: httpx.AsyncClient, ports: Ports) -> None:
    _, ids = await parts(client, ports)
    path = f"/v1/checks/{ids['face-match']}/feedback"
    right, wrong = counted("face-match", "right"), counted("face-match", "wrong")
    for _ in range(2):
        answer = await client.post(path, json={"verdict": "wrong", "truth": "different"})
        assert (answer.status_code, answer.json()["truth"]) == (200, "different")
    assert (counted("face-match", "right"), counted("face-match", "wrong")) == (right, wrong + 1)
    assert (await client.post(path, json={"verdict": "right"})).json()["truth"] is None
    (one,) = await kept(ports)
    assert (one.feedback.verdict, one.feedback.truth, one.reply.id) == ("right", None, ids["face-match"])
    assert counted("face-match", "right") == right + 1


@pytest.mark.parametrize(
    ("check", "said", "status"),
    [
        ("face-match", {"verdict": "right", "truth": "same"}, 200),
        ("face-match", {"verdict": "right", "truth": "different"}, 422),
        ("face-match", {"verdict": "wrong", "truth": "spoof"}, 422),
        ("face-match", {"verdict": "wrong", "truth": {"sex": "F"}}, 422),
        ("face-liveness", {"verdict": "wrong", "truth": "spoof"}, 200),
        ("face-liveness", {"verdict": "wrong", "truth": "live"}, 422),
        ("document-ocr", {"verdict": "wrong", "truth": {"sex": "F", "nationality": "UTO"}}, 200),
        ("document-ocr", {"verdict": "right", "truth": {"sex": "X"}}, 200),
        ("document-ocr", {"verdict": "right", "truth": {"sex": "F"}}, 422),
        ("document-ocr", {"verdict": "wrong", "truth": {"shoe_size": "44"}}, 400),
        ("document-ocr", {"verdict": "wrong", "truth": {"sex": "F" * 101}}, 400),
        ("document-ocr", {"verdict": "wrong", "truth": {}}, 400),
        ("document-ocr", {"verdict": "wrong", "note": "Zofie is not her name"}, 400),
        ("face-match", {"verdict": "maybe"}, 400),
        ("face-match", {}, 400),
    ],
)
async def test_a_truth_fits_its_check_and_its_verdict(
    client: httpx.AsyncClient, ports: Ports, check: str, said: dict[str, Any], status: int
) -> None:
    _, ids = await parts(client, ports)
    answer = await client.post(f"/v1/checks/{ids[check]}/feedback", json=said)
    assert answer.status_code == status, answer.text
    assert len(await kept(ports)) == (status == 200)
    assert "Zofie" not in answer.text


async def test_a_verification_is_judged_at_its_own_path(client: httpx.AsyncClient, ports: Ports) -> None:
    verification_id, ids = await parts(client, ports)
    said = {"verdict": "wrong", "truth": "reject"}
    assert (await client.post(f"{PATH}/{verification_id}/feedback", json=said)).status_code == 200
    for path in (f"/v1/checks/{verification_id}", f"{PATH}/{ids['face-match']}", f"{PATH}/none"):
        assert (await client.post(f"{path}/feedback", json={"verdict": "right"})).status_code == 404


async def test_it_goes_with_its_check_and_the_receipt_says_so(
    client: httpx.AsyncClient, ports: Ports
) -> None:
    verification_id, ids = await parts(client, ports)
    said = {"verdict": "wrong", "truth": {"primary_identifier": "ZOFIE"}}
    path = f"/v1/checks/{ids['document-ocr']}/feedback"
    assert (await client.post(path, json=said)).status_code == 200
    receipt = (await client.delete(f"{PATH}/{verification_id}")).json()
    (erased,) = (one for one in receipt["erased"] if one["kind"] == "feedback")
    assert (erased["id"], len(erased["sha256"])) == (ids["document-ocr"], 64)
    assert await kept(ports) == []
    assert (await client.post(path, json=said)).status_code == 404  # the verification alone is remembered
    gone = await client.post(f"{PATH}/{verification_id}/feedback", json={"verdict": "right"})
    assert (gone.status_code, gone.json()["code"]) == (410, "check-deleted")


async def test_it_is_its_tenants_alone_costs_nothing_and_wants_a_result(shop: Front) -> None:
    acme, other = await shop.tenant("acme", quota_month=2), await shop.tenant("other")
    pending = await shop.post(acme, ASYNC)
    path = f"{pending.headers['location']}/feedback"
    early = await shop.client.post(path, json={"verdict": "right"}, headers=acme)
    assert (early.status_code, early.json()["code"]) == (409, "check-not-done")
    await shop.worked()
    assert (await shop.client.post(path, json={"verdict": "right"}, headers=other)).status_code == 404
    assert (await shop.client.post(path, json={"verdict": "right"})).status_code == 401
    for _ in range(5):
        assert (await shop.client.post(path, json={"verdict": "right"}, headers=acme)).status_code == 200
    refused = await shop.post(acme, ASYNC)
    await shop.worked(NO_FACE)
    failed = await shop.client.post(
        f"{refused.headers['location']}/feedback", json={"verdict": "right"}, headers=acme
    )
    assert failed.status_code == 409
    usage = (await shop.client.get("/v1/usage", headers=acme)).json()
    assert usage["billable"] == 2
