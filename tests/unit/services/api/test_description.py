"""The OpenAPI document tells the truth, and other paths answer with problems too."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from services.api.prefer import wait_s


async def test_every_reference_of_the_document_resolves(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert "Problem" in names
    assert names <= document["components"]["schemas"].keys()
    assert "HTTPValidationError" not in names


async def test_every_error_is_declared_as_a_problem(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    post = paths["/v1/face-match"]["post"]["responses"]
    assert " ".join(sorted(post)) == "200 202 400 401 408 410 413 415 422 429 500 503 504"
    assert {"200", "404", "422", "500", "503", "504"} <= paths["/v1/checks/{id}"]["get"]["responses"].keys()
    errors = [response for status, response in post.items() if int(status) >= 400]
    assert all(list(response["content"]) == ["application/problem+json"] for response in errors)
    assert "no-face" in post["422"]["description"]


async def test_the_body_is_described(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    body = document["paths"]["/v1/face-match"]["post"]["requestBody"]["content"]["multipart/form-data"]
    assert body["schema"]["required"] == ["image_a", "image_b"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "not-found"),
        ("POST", "/v1/face-swap", 404, "not-found"),
        ("GET", "/v1/face-match", 405, "method-not-allowed"),
        ("PUT", "/v1/face-match", 405, "method-not-allowed"),
        ("POST", "/readyz", 405, "method-not-allowed"),
        ("PUT", "/v1/checks/1", 405, "method-not-allowed"),
    ],
)
async def test_other_paths_and_methods_are_problems(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("allow" in answer.headers) == (status == 405)


async def test_metrics_name_routes_not_ids(client: httpx.AsyncClient) -> None:
    await client.get(f"/v1/checks/{'0' * 32}")
    text = (await client.get("/metrics")).text
    assert 'ekyc_http_requests_total{route="/v1/checks/{id}",status="404",tier="none"}' in text
    assert "0" * 32 not in text
    assert 'le="3.0"' in text
    assert "process_cpu_seconds_total" in text


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, (5, None)),
        ("", (5, None)),
        ("respond-async", (0, "respond-async")),
        ("Respond-Async; x=1, wait=3", (0, "respond-async")),
        ("wait=2", (2, "wait=2")),
        ('wait="2"', (2, 'wait="2"')),
        ("wait = 0", (0, "wait = 0")),
        ("wait=60", (5, None)),
        ("wait=-1, wait=x, wait=1e3, return=minimal", (5, None)),
        ("handling=lenient, wait=1", (1, "wait=1")),
    ],
)
def test_a_preference_only_shortens_the_wait(header: str | None, expected: tuple[float, str | None]) -> None:
    assert wait_s(header, 5) == expected
