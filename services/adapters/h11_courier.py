"""Sends webhooks over HTTP/1.1: h11 speaks it, and here are the sockets.

It connects to the very address that was judged, so that no name can mean another one a moment later. Of an
answer it reads the head alone, at most HEAD_BYTES, and never a body.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import SplitResult, urlsplit

import h11

from services.core.targets import may_reach
from services.core.webhooks import Undelivered

TIMEOUT_S = 10.0
"""For all of it: the name, the connection, TLS and the answer's head."""
HEAD_BYTES = 16 * 1024
RESOLVERS = 64
"""A name server that is silent holds a thread for longer than anybody waits for it."""
USER_AGENT = "ekyc-webhooks/1"
_PORTS = {"https": 443, "http": 80}


class H11Courier:
    """Trusts the machine's certificate authorities; SSL_CERT_FILE names others. Uses no proxy."""

    def __init__(self, *, private: bool, context: ssl.SSLContext | None = None):
        """`private`: loopback and private addresses are allowed, over http too."""
        self._private = private
        self._context = context or ssl.create_default_context()
        self._resolvers = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="resolver")

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status that came back. Raises Undelivered."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._post(urlsplit(url), headers, body)
        except Exception as error:
            raise Undelivered(_reason(error)) from error

    async def _post(self, url: SplitResult, headers: Mapping[str, str], body: bytes) -> int:
        reader, writer = await self._connect(url)
        try:
            return await _exchange(reader, writer, _request(url, headers, body), body)
        finally:
            writer.close()

    async def _connect(self, url: SplitResult) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = url.hostname or "", url.port or _PORTS[url.scheme]
        context, name = (self._context, host) if url.scheme == "https" else (None, None)
        failure: OSError | None = None
        for address in await self._addresses(url.scheme, host, port):
            try:
                return await asyncio.open_connection(address, port, ssl=context, server_hostname=name)
            except ssl.SSLError:
                raise
            except OSError as error:
                failure = error
        raise failure or OSError

    async def _addresses(self, scheme: str, host: str, port: int) -> list[str]:
        """What the host resolves to, if a webhook may be sent to every one of them."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._resolvers, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        if not all(may_reach(address, scheme, private=self._private) for address in addresses):
            raise Undelivered("address-refused")
        return addresses


def _request(url: SplitResult, headers: Mapping[str, str], body: bytes) -> h11.Request:
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    always = {
        "Host": url.netloc,
        "User-Agent": USER_AGENT,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    return h11.Request(method="POST", target=target, headers=list((always | dict(headers)).items()))


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: h11.Request, body: bytes
) -> int:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES)
    for part in (request, h11.Data(data=body), h11.EndOfMessage()):
        writer.write(connection.send(part) or b"")
    await writer.drain()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(HEAD_BYTES))
        elif isinstance(event, h11.Response):
            return event.status_code
        elif not isinstance(event, h11.InformationalResponse):
            raise h11.RemoteProtocolError("closed before it answered")


def _reason(error: Exception) -> str:
    if isinstance(error, Undelivered):
        return error.reason
    kinds: list[tuple[type[Exception], str]] = [
        (TimeoutError, "timeout"),
        (socket.gaierror, "name-unknown"),
        (ssl.SSLError, "tls-failed"),
        (OSError, "not-connected"),
        (h11.RemoteProtocolError, "not-http"),
    ]
    return next((word for kind, word in kinds if isinstance(error, kind)), "failed")
