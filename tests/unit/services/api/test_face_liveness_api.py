"""The whole path over HTTP with the real model: a selfie in, a verdict out."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from services import models
from services.ports import Ports
from tests.faces import selfies
from tests.unit.services.rig import Rig


@pytest.fixture
async def service(client: httpx.AsyncClient, ports: Ports) -> AsyncIterator[httpx.AsyncClient]:
    rig = await Rig.start(ports, models.find("face-liveness"))
    yield client
    await rig.drain()


async def test_a_person_and_a_print(service: httpx.AsyncClient) -> None:
    for name, verdict, reasons in (
        ("true_002.jpg", "live", []),
        ("fake_001.jpg", "spoof", ["liveness-low"]),
        ("fake_002.jpg", "review", ["liveness-uncertain"]),
    ):
        selfie = next(path for path, _ in selfies() if path.name == name)
        answer = await service.post("/v1/face-liveness", files={"selfie": selfie.read_bytes()})
        body = answer.json()
        assert (answer.status_code, body["check"], body["status"]) == (200, "face-liveness", "done")
        result = body["result"]
        assert result.keys() == {"score", "verdict", "reasons", "face", "quality"}
        assert (result["verdict"], result["reasons"], result["quality"]["reasons"]) == (verdict, reasons, [])
        stages = {"receive", "store", "queue", "fetch", "decode", "detect", "quality", "score", "total"}
        assert body["timings_ms"].keys() == stages


async def test_two_images_are_one_too_many(service: httpx.AsyncClient) -> None:
    answer = await service.post("/v1/face-liveness", files={"selfie": b"x", "image_b": b"x"})
    assert (answer.status_code, answer.json()["code"]) == (422, "part-unexpected")


async def test_every_reason_is_in_the_description(client: httpx.AsyncClient) -> None:
    schemas = (await client.get("/openapi.json")).json()["components"]["schemas"]
    assert schemas["Verdict"]["enum"] == ["live", "spoof", "review"]
    assert {"blurred", "face-turned", "face-cut-off"} <= set(schemas["QualityReason"]["enum"])
    assert schemas["ComparedFace"]["properties"]["quality"]["$ref"] == "#/components/schemas/Quality"
