"""A business and a phone on the real cluster, through the ingress: session, decision, deletion with proof."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import httpx
import pytest

from services.client import EkycClient, EkycSession, NotFound
from sre_cli.specs.outputs import Outputs
from tests.e2e.tenant import authorization
from tests.faces import images_folder
from tests.unit.services.passports import passport

pytestmark = pytest.mark.engines
FACES = images_folder() / "faces"


@pytest.fixture
def http(front: Outputs) -> Iterator[httpx.Client]:
    with httpx.Client(verify=ssl.create_default_context(cafile=str(front.ca_file))) as client:
        yield client


def test_a_phone_is_verified_and_forgotten_on_request(front: Outputs, http: httpx.Client) -> None:
    key = authorization(front)["Authorization"].removeprefix("Bearer ")
    business = EkycClient(front.api_url, key, http=http, timeout_s=120)
    made = business.create_session(reference="order-7")
    phone = EkycSession(front.api_url, made.token, http=http, timeout_s=120)
    phone.upload("document", passport(FACES / "obama.jpg", "750131"))
    phone.upload("selfie", FACES / "obama2.jpg")
    phone.submit()
    assert phone.wait().status == "done"

    verification = business.get_session(made.id).verification
    assert verification is not None
    assert verification.result is not None
    assert verification.result.decision == "approve"

    deletion = business.delete_verification(verification.id)
    assert deletion.receipt
    kinds = {one.kind for one in deletion.erased}
    assert {"check", "result", "session"} <= kinds
    with pytest.raises(NotFound):
        business.get_verification(verification.id)
