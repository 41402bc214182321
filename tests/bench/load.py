"""A client that costs the measured machine little: requests are prepared, one write and one read each."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import statistics
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from urllib.parse import urlsplit
from uuid import uuid4

from tests.bench.pairs import Images

PATIENCE_S = 60

Encode = Callable[[Images], tuple[str, bytes]]


@dataclass
class Sample:
    """What a spell of load came to."""

    seconds: float
    latencies_s: list[float] = field(default_factory=list)
    """Of the requests that were answered with 200 within the spell."""
    others: list[int] = field(default_factory=list)
    """Other statuses."""

    @property
    def rps(self) -> float:
        """Answers a second."""
        return len(self.latencies_s) / self.seconds

    def latency_ms(self, percentile: int) -> float:
        """Latency that so many percent stay below."""
        return statistics.quantiles(self.latencies_s, n=100, method="inclusive")[percentile - 1] * 1000


class Target:
    """An address, and what is posted to it in turn."""

    def __init__(self, url: str, pairs: Sequence[Images], encode: Encode):
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._requests = [_request(parts.netloc, parts.path, *encode(images)) for images in pairs]
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def saturate(self, in_flight: int, seconds: float) -> Sample:
        """Keep so many requests in flight: each answer is followed by the next request."""
        self.hang_up()
        sample, requests = Sample(seconds), itertools.cycle(self._requests)
        until_s = perf_counter() + seconds
        async with asyncio.TaskGroup() as group:
            for _ in range(in_flight):
                group.create_task(self._loop(sample, requests, until_s))
        return sample

    async def offer(self, rps: float, seconds: float) -> Sample:
        """Send at random moments, `rps` a second on average, whether or not there are answers."""
        self.hang_up()
        sample, requests = Sample(seconds), itertools.cycle(self._requests)
        chance, at_s = random.Random(0), perf_counter()  # noqa: S311  # for arrivals, not for secrets
        until_s = at_s + seconds
        async with asyncio.TaskGroup() as group:
            while (at_s := at_s + chance.expovariate(rps)) < until_s:
                await asyncio.sleep(at_s - perf_counter())
                group.create_task(self._shoot(sample, next(requests), at_s, lambda _: True))
        return sample

    def __enter__(self) -> Target:
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()

    def hang_up(self) -> None:
        """Close what is open: a server does it too, some seconds after the last request."""
        while self._idle:
            self._idle.pop()[1].close()

    async def _loop(self, sample: Sample, requests: Iterator[bytes], until_s: float) -> None:
        while (now_s := perf_counter()) < until_s:
            await self._shoot(sample, next(requests), now_s, lambda done_s: done_s < until_s)

    async def _shoot(
        self, sample: Sample, request: bytes, at_s: float, counts: Callable[[float], bool]
    ) -> None:
        ends = self._idle.pop() if self._idle else await asyncio.open_connection(self._host, self._port)
        async with asyncio.timeout(PATIENCE_S):
            ends[1].write(request)
            status = await _status(ends[0])
        self._idle.append(ends)
        done_s = perf_counter()
        if status != 200:
            sample.others.append(status)
        elif counts(done_s):
            sample.latencies_s.append(done_s - at_s)


async def _status(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    size = int(head.partition(b"content-length:")[2].split(maxsplit=1)[0])
    await reader.readexactly(size)
    return int(head.split(maxsplit=2)[1])


def multipart(images: Images) -> tuple[str, bytes]:
    """The content type and the body of a form with files."""
    boundary = uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
        "Content-Type: image/jpeg\r\n\r\n".encode()
        + data
        + b"\r\n"
        for name, data in images.items()
    ]
    return f"multipart/form-data; boundary={boundary}", b"".join(parts) + f"--{boundary}--\r\n".encode()


def base64_json(images: Images) -> tuple[str, bytes]:
    """The same for servers that take no files."""
    return "application/json", json.dumps({k: b64encode(v).decode() for k, v in images.items()}).encode()


def _request(host: str, path: str, content_type: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: {content_type}\r\n\r\n"
    )
    return head.encode() + body
