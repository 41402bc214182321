"""The whole path over HTTP with the real model: a document in, its fields or a problem out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from PIL import Image

from services import models
from services.core.images import Limits
from services.models import Check
from services.ports import Ports
from tests.documents import drawn
from tests.unit.services.corpus import encoded
from tests.unit.services.rig import Rig
from tests.zones import ICAO


@pytest.fixture(scope="module")
def check() -> Check:
    """The real check, its model loaded once."""
    check = models.find("document-ocr")
    model = check.load(2, Limits())
    return replace(check, load=lambda _threads, _limits: model)


@pytest.fixture
async def service(client: httpx.AsyncClient, ports: Ports, check: Check) -> AsyncIterator[httpx.AsyncClient]:
    rig = await Rig.start(ports, check)
    yield client
    await rig.drain()


async def post(client: httpx.AsyncClient, picture: Image.Image) -> httpx.Response:
    return await client.post("/v1/document-ocr", files={"document": encoded(picture, "PNG")})


async def test_a_passport(service: httpx.AsyncClient) -> None:
    answer = await post(service, drawn(ICAO["TD3"]))
    assert answer.status_code == 200
    body = answer.json()
    assert body["model"] == {"name": "pp-ocrv6-small", "version": "1.0.0"}
    result = body["result"]
    assert result.keys() == {"lines", "complete", "rotation", "mrz", "fields"}
    assert (result["mrz"]["kind"], result["mrz"]["valid"]) == ("TD3", True)
    assert result["fields"]["date_of_birth"] == {"value": "1974-08-12", "valid": True}
    assert result["lines"][0].keys() == {"text", "confidence", "box", "quad"}
    assert {"decode", "detect", "recognise"} <= body["timings_ms"].keys()


async def test_a_page_without_a_zone(service: httpx.AsyncClient) -> None:
    result = (await post(service, drawn(()))).json()["result"]
    assert (result["mrz"], result["fields"], result["complete"]) == (None, None, True)


async def test_no_text_is_billable_and_names_the_image(service: httpx.AsyncClient) -> None:
    answer = await post(service, Image.new("RGB", (400, 300), "white"))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "no-text")
    assert (problem["image"], problem["billable"]) == ("document", True)


async def test_the_description_tells_the_fields_apart(client: httpx.AsyncClient) -> None:
    schemas = (await client.get("/openapi.json")).json()["components"]["schemas"]
    assert {"date_of_birth", "primary_identifier", "optional_data_2"} <= schemas["Fields"][
        "properties"
    ].keys()
