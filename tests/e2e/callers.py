"""Callers who send requests at a steady rate, whatever becomes of them, and know the right answers."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from sre_cli.core.pairs import Pair
from sre_cli.specs.outputs import Outputs
from tests.e2e.tenant import authorization
from tests.faces import face_pairs

RATE_RPS = 3.0
ANSWER_WITHIN_S = 60.0
"""A caller polls for so long; then the request is lost."""


@dataclass
class Tally:
    """How the requests ended."""

    right: int = 0
    polled: int = 0
    wrong: list[str] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)
    """By what the caller saw."""

    @property
    def sent(self) -> int:
        return self.right + len(self.wrong) + self.lost.total()


@contextmanager
def callers(front: Outputs, rate_rps: float = RATE_RPS) -> Iterator[Tally]:
    """Requests come in while the block runs; all are followed to their end."""
    tally, stop, headers = Tally(), threading.Event(), authorization(front)
    thread = threading.Thread(target=lambda: asyncio.run(_send(front, headers, rate_rps, tally, stop)))
    thread.start()
    try:
        yield tally
    finally:
        stop.set()
        thread.join()


async def _send(
    front: Outputs, headers: dict[str, str], rate_rps: float, tally: Tally, stop: threading.Event
) -> None:
    pairs = face_pairs()
    asked: list[asyncio.Task[None]] = []
    trust = ssl.create_default_context(cafile=str(front.ca_file))
    async with httpx.AsyncClient(base_url=front.api_url, headers=headers, timeout=30, verify=trust) as client:
        while not stop.is_set():
            asked.append(asyncio.create_task(_ask(client, pairs[len(asked) % len(pairs)], tally)))
            await asyncio.sleep(1 / rate_rps)
        await asyncio.gather(*asked)


async def _ask(client: httpx.AsyncClient, pair: Pair, tally: Tally) -> None:
    files = {"image_a": pair.a.read_bytes(), "image_b": pair.b.read_bytes()}
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            answer = await client.post("/v1/face-match", files=files)
            while answer.status_code == httpx.codes.ACCEPTED or _is_pending(answer):
                tally.polled += 1
                await asyncio.sleep(0.5)
                answer = await client.get(f"/v1/checks/{answer.json()['id']}")
    except (httpx.HTTPError, TimeoutError) as error:
        tally.lost[type(error).__name__] += 1
        return
    if answer.status_code != httpx.codes.OK:
        tally.lost[f"{answer.status_code} {answer.text[:120]}"] += 1
    elif answer.json()["result"]["match"] is pair.same:
        tally.right += 1
    else:
        tally.wrong.append(f"{pair}: {answer.text}")


def _is_pending(answer: httpx.Response) -> bool:
    return answer.status_code == httpx.codes.OK and answer.json().get("status") == "pending"
