"""Bodies that are wrong, too large, too slow or too many."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncIterator

import httpx
import pytest

from services.api import app
from services.ports import Ports
from services.settings import Settings
from tests.unit.services.conftest import talking_to
from tests.unit.services.corpus import drawing, encoded

PATH = "/v1/face-match"
IMAGE = encoded(drawing(), "PNG")
FORM = {"content-type": "multipart/form-data; boundary=x"}


def part(name: str, data: bytes = IMAGE) -> bytes:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + data + b"\r\n"


WHOLE = part("image_a") + part("image_b") + b"--x--\r\n"


async def code_of(client: httpx.AsyncClient, content: object, **headers: str) -> tuple[int, str]:
    answer = await client.post(PATH, content=content, headers=FORM | headers)  # type: ignore[arg-type]
    assert answer.headers["content-type"] in {"application/problem+json", "application/json"}
    return answer.status_code, answer.json().get("code", answer.json().get("status"))


async def test_what_was_uploaded_is_let_go_of_at_once(client: httpx.AsyncClient) -> None:
    """A process that waits for the garbage collector with it holds ten megabytes a request."""
    body = part("image_a", IMAGE) + part("image_b", IMAGE + bytes(9_000_000)) + b"--x--\r\n"
    await code_of(client, body, Prefer="respond-async")
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        await code_of(client, body, Prefer="respond-async")
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()
        gc.enable()


async def test_a_handmade_body_is_accepted(client: httpx.AsyncClient) -> None:
    assert await code_of(client, WHOLE, Prefer="respond-async") == (202, "pending")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", (400, "body-malformed")),
        (b"x", (400, "body-malformed")),
        (b"--x--\r\n", (422, "image-missing")),
        (b"--x\r\n\r\n", (422, "part-unexpected")),
        (WHOLE[:-20], (400, "body-malformed")),
        (part("image_a") + b"--x--\r\n", (422, "image-missing")),
        (part("image_a") + part("image_a") + b"--x--\r\n", (422, "part-unexpected")),
        (part("image_a") + part("image_b") + part("image_c") + b"--x--\r\n", (422, "part-unexpected")),
        (part("../../etc/passwd") + b"--x--\r\n", (422, "part-unexpected")),
        (part("image_a", b"") + part("image_b") + b"--x--\r\n", (422, "image-empty")),
        (part("image_a", bytes(10_000_001)) + part("image_b") + b"--x--\r\n", (413, "image-too-large")),
        (b"--x\r\n" + b"A: b\r\n" * 10_000 + b"\r\n", (400, "body-malformed")),
        (b"--x\r\nA: " + b"b" * 100_000 + b"\r\n\r\n", (400, "body-malformed")),
    ],
)
async def test_a_wrong_body_is_said(
    client: httpx.AsyncClient, body: bytes, expected: tuple[int, str]
) -> None:
    assert await code_of(client, body) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("application/json", (415, "not-multipart")),
        ("multipart/mixed; boundary=x", (415, "not-multipart")),
        ("multipart/form-data", (400, "body-malformed")),
        ("multipart/form-data; boundary=", (400, "body-malformed")),
        ("multipart/form-data; boundary=" + "x" * 10_000, (400, "body-malformed")),
        ("", (415, "not-multipart")),
    ],
)
async def test_another_content_type_is_said(
    client: httpx.AsyncClient, kind: str, expected: tuple[int, str]
) -> None:
    assert await code_of(client, WHOLE, **{"content-type": kind}) == expected


async def test_fifty_megabytes_are_refused_before_they_are_read(client: httpx.AsyncClient) -> None:
    async def never() -> AsyncIterator[bytes]:
        pytest.fail("the body was read")
        yield b""

    assert await code_of(client, never(), **{"content-length": "50000000"}) == (413, "body-too-large")


async def test_an_endless_body_is_cut_off(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"x" * 100
        while True:
            yield bytes(1_000_000)

    status, code = await code_of(client, endless())
    assert (status, code) in {(413, "body-too-large"), (400, "body-malformed")}


async def test_a_slow_body_is_given_up(ports: Ports, settings: Settings) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield WHOLE[:50]
        await asyncio.sleep(5)
        yield WHOLE[50:]

    async with talking_to(ports, settings.model_copy(update={"upload_within_s": 0.05})) as client:
        assert await code_of(client, slow()) == (408, "upload-too-slow")


async def test_too_many_bodies_at_once_are_refused(
    ports: Ports, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "INTAKE_BYTES", 1_000)
    async with talking_to(ports, settings) as client:
        assert await code_of(client, WHOLE) == (503, "overloaded")


@pytest.mark.parametrize("chunk_bytes", [1, 7, 4096])
async def test_chunks_may_fall_anywhere(client: httpx.AsyncClient, chunk_bytes: int) -> None:
    body = part("image_a", encoded(drawing((64, 64)), "JPEG")) + part("image_b") + b"--x--\r\n"

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), chunk_bytes):
            yield body[start : start + chunk_bytes]

    assert await code_of(client, chunks(), Prefer="respond-async") == (202, "pending")
