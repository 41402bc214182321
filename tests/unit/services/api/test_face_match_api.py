"""The whole path over HTTP with the real model: images in, verdict or problem out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from services import models
from services.core.images import Limits
from services.models import Check
from services.ports import Ports
from tests.faces import IMAGES, face_pairs
from tests.unit.services.corpus import refused
from tests.unit.services.rig import Rig

CORPUS = refused()


@pytest.fixture(scope="module")
def check() -> Check:
    """The real check, its model loaded once."""
    check = models.find("face-match")
    model = check.load(2, Limits())
    return replace(check, load=lambda _threads, _limits: model)


@pytest.fixture
async def service(client: httpx.AsyncClient, ports: Ports, check: Check) -> AsyncIterator[httpx.AsyncClient]:
    rig = await Rig.start(ports, check)
    yield client
    await rig.drain()


async def post(client: httpx.AsyncClient, a: bytes, b: bytes, **headers: str) -> httpx.Response:
    return await client.post("/v1/face-match", files={"image_a": a, "image_b": b}, headers=headers)


async def test_one_person(service: httpx.AsyncClient) -> None:
    pair = next(pair for pair in face_pairs() if pair.same)
    answer = await post(service, pair.a.read_bytes(), pair.b.read_bytes())
    assert answer.status_code == 200
    body = answer.json()
    assert body.keys() == {"id", "check", "status", "result", "model", "timings_ms"}
    assert (body["check"], body["status"]) == ("face-match", "done")
    assert body["result"]["match"] is True
    assert body["result"]["faces"].keys() == {"image_a", "image_b"}
    stages = {"receive", "store", "queue", "fetch", "decode", "detect", "quality", "embed", "total"}
    assert body["timings_ms"].keys() == stages
    again = await service.get(f"/v1/checks/{body['id']}")
    assert (again.status_code, again.json()) == (200, body)


async def test_two_people(service: httpx.AsyncClient) -> None:
    pair = next(pair for pair in face_pairs() if not pair.same)
    answer = await post(service, pair.a.read_bytes(), pair.b.read_bytes())
    assert answer.json()["result"]["match"] is False


@pytest.mark.parametrize("name", CORPUS)
async def test_a_hostile_file_is_a_problem_that_names_it(service: httpx.AsyncClient, name: str) -> None:
    data, cause = CORPUS[name]
    portrait = face_pairs()[0].a.read_bytes()
    answer = await post(service, portrait, data)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (cause.status, cause.status)
    assert (problem["code"], problem["image"], problem["billable"]) == (cause.code, "image_b", False)
    assert problem["type"] == f"urn:ekyc:problem:{cause.code}"
    assert problem["title"]
    assert problem["detail"]


async def test_a_verdict_about_the_images_is_billable_and_can_be_looked_up(
    service: httpx.AsyncClient,
) -> None:
    empty = (IMAGES / "docs" / "100_id-si.jpg").read_bytes() if face_pairs() else b""
    answer = await post(service, face_pairs()[0].a.read_bytes(), empty)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["billable"]) == (422, "no-face", True)
    again = await service.get(f"/v1/checks/{problem['id']}")
    assert (again.status_code, again.json()) == (422, problem)
