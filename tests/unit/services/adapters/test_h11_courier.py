"""The courier against servers that behave, and those that do not."""

from __future__ import annotations

import asyncio
import datetime
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from services.adapters import h11_courier
from services.adapters.h11_courier import H11Courier
from services.core.webhooks import Undelivered

BODY = b'{"type":"webhook.test"}'
OK = b"HTTP/1.1 204 No Content\r\n\r\n"

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def says(answer: bytes, heard: list[bytes] | None = None) -> Answering:
    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        (heard if heard is not None else []).extend([head, await reader.readexactly(len(BODY))])
        writer.write(answer)
        await writer.drain()
        writer.close()

    return answering


async def keeps_talking(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
            await writer.drain()
    except OSError:
        writer.close()


async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


@asynccontextmanager
async def serving(answering: Answering, **options: Any) -> AsyncIterator[int]:
    server = await asyncio.start_server(answering, "127.0.0.1", 0, **options)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def posted(url: str, private: bool = True, context: ssl.SSLContext | None = None) -> int | str:
    try:
        return await H11Courier(private=private, context=context).post(url, {"webhook-id": "msg_1"}, BODY)
    except Undelivered as undelivered:
        return undelivered.reason


async def test_a_message_arrives_as_it_was_written() -> None:
    heard: list[bytes] = []
    async with serving(says(OK, heard)) as port:
        assert await posted(f"http://127.0.0.1:{port}/hooks?key=1") == 204
    head = heard[0].decode().lower()
    assert head.startswith("post /hooks?key=1 http/1.1\r\n")
    for line in (f"host: 127.0.0.1:{port}", "webhook-id: msg_1", "content-type: application/json"):
        assert f"\r\n{line}\r\n" in head
    assert heard[1] == BODY


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n", 302),
        (b"HTTP/1.1 500 No\r\nContent-Length: 9999999999\r\n\r\n" + b"x" * 100_000, 500),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK, 204),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, "not-http"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "not-http"),
        (b"", "not-http"),
    ],
)
async def test_an_answer_is_its_status_and_no_more_is_read(answer: bytes, outcome: int | str) -> None:
    async with serving(says(answer)) as port:
        assert await posted(f"http://127.0.0.1:{port}/") == outcome


@pytest.mark.parametrize("answering", [keeps_talking, says_nothing])
async def test_nobody_is_waited_for_too_long(answering: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(h11_courier, "TIMEOUT_S", 0.2)
    async with serving(answering) as port:
        assert await posted(f"http://127.0.0.1:{port}/") == "timeout"


async def test_nothing_is_sent_to_a_private_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """By name or number, and also when only one of several addresses is private."""
    reached: list[bytes] = []
    async with serving(says(OK, reached)) as port:
        for url in (f"https://127.0.0.1:{port}/", f"https://localhost:{port}/", f"http://127.0.0.1:{port}/"):
            assert await posted(url, private=False) == "address-refused"
        both = [(2, 1, 6, "", (address, port)) for address in ("8.8.8.8", "127.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: both)
        assert await posted(f"https://rebound.example:{port}/", private=False) == "address-refused"
    assert not reached


async def test_what_cannot_be_reached_is_a_word() -> None:
    async with serving(says_nothing) as port:
        pass
    assert await posted(f"http://127.0.0.1:{port}/") == "not-connected"
    assert await posted("http://nowhere.invalid/") == "name-unknown"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of a server that is called `hooks.example`."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hooks.example")])
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example")]), critical=False)
    )
    file = tmp_path / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + builder.sign(key, SHA256()).public_bytes(serialization.Encoding.PEM))
    return file


async def test_tls_is_of_the_name_whatever_the_address(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=certificate)
    async with serving(says(OK), ssl=served) as port:
        here = [(2, 1, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: here)
        assert await posted(f"https://hooks.example:{port}/", context=trusting) == 204
        assert await posted(f"https://other.example:{port}/", context=trusting) == "tls-failed"
        assert await posted(f"https://hooks.example:{port}/") == "tls-failed"
