"""Verifications over HTTP with the real models: a passport and a selfie in, a decision out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from services import models
from services.core.images import Limits
from services.models import Check
from services.ports import Ports
from tests.faces import images_folder
from tests.unit.services.passports import passport
from tests.unit.services.rig import FakeClock, Rig
from tests.unit.services.verified import FILES, NAMES, PATH

NOW_S = datetime(2026, 11, 26, tzinfo=UTC).timestamp()


@pytest.fixture(scope="module")
def checks() -> list[Check]:
    """The real ones, each loaded once."""
    return [_loaded(models.find(name)) for name in NAMES]


@pytest.fixture
async def service(
    client: httpx.AsyncClient, ports: Ports, clock: FakeClock, checks: list[Check]
) -> AsyncIterator[httpx.AsyncClient]:
    clock.now_s = NOW_S
    rigs = [await Rig.start(ports, check) for check in checks]
    yield client
    for rig in rigs:
        await rig.drain()


@pytest.mark.parametrize(
    ("portrait", "selfie", "expires", "decision", "reasons"),
    [
        ("faces/obama.jpg", "faces/obama2.jpg", "750131", "approve", []),
        ("faces/obama.jpg", "faces/biden2.jpg", "750131", "reject", ["face-match faces-differ"]),
        ("faces/obama.jpg", "faces/obama2.jpg", "200131", "reject", ["document-ocr document-expired"]),
        ("faces/obama.jpg", "faces/obama.jpg", "750131", "reject", ["face-match same-picture"]),
    ],
)
async def test_a_passport_and_a_selfie(
    service: httpx.AsyncClient, portrait: str, selfie: str, expires: str, decision: str, reasons: list[str]
) -> None:
    folder = images_folder()
    files = {"document": passport(folder / portrait, expires), "selfie": (folder / selfie).read_bytes()}
    answer = await service.post(PATH, files=files)
    result = answer.json()["result"]
    assert [f"{reason['check']} {reason['code']}" for reason in result["reasons"]] == reasons
    assert result["decision"] == decision
    assert result["checks"]["document_ocr"]["result"]["fields"]["primary_identifier"]["value"] == "ERIKSSON"


async def test_a_page_sent_as_a_selfie_is_not_approved(service: httpx.AsyncClient) -> None:
    page = passport(images_folder() / "faces/obama.jpg")
    answer = await service.post(PATH, files={"document": page, "selfie": page})
    result = answer.json()["result"]
    assert result["decision"] == "reject"
    assert {"code": "same-picture", "check": "face-match"} in result["reasons"]


async def test_pictures_of_nothing_are_to_be_taken_again(service: httpx.AsyncClient) -> None:
    result = (await service.post(PATH, files=FILES)).json()["result"]
    assert result["decision"] == "review"
    assert {"image": "document", "code": "no-text"} in result["hints"]
    assert {"image": "document", "code": "no-face"} in result["hints"]
    assert {"image": "selfie", "code": "no-face"} in result["hints"]


def _loaded(check: Check) -> Check:
    model = check.load(1, Limits())
    return replace(check, load=lambda _threads, _limits: model)
