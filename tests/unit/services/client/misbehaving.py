"""A real server on loopback that does as it is told, and both clients of it, in a time set by hand."""

from __future__ import annotations

import asyncio
import inspect
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Literal

from services.client import AsyncEkycClient, EkycClient, Retries

KEY = "ekyc_0123456789ab_secret"
ID = "0123456789abcdef" * 2
MIDDLE = Retries(try_timeout_s=10, jitter=lambda: 0.5)
"""No chance: each pause is half of what it may be."""


@dataclass(frozen=True)
class Say:
    """An answer."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


Trouble = Literal["drop", "cut", "hang"]
"""Close without a word; promise more than comes; say nothing at all."""


@dataclass(frozen=True)
class Seen:
    """A request that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """What it will do, and what it has seen. The last thing to do is done again and again."""

    plan: list[Say | Trouble]
    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def next(self, seen: Seen) -> Say | Trouble:
        self.seen.append(seen)
        return self.plan[min(len(self.seen), len(self.plan)) - 1]


class Handler(BaseHTTPRequestHandler):
    """Does the next thing of its server's plan."""

    script: ClassVar[Server]

    def do_GET(self) -> None:
        self.close_connection = True
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        match self.script.next(Seen(self.command, self.path, headers, body)):
            case "hang":
                self.script.over.wait(30)
            case "cut":
                self._say(Say(200, b'{"id": "', {"Content-Length": "1000"}))
            case Say() as say:
                self._say(say)

    do_POST = do_PUT = do_GET  # noqa: N815 - the base class names them

    def _say(self, say: Say) -> None:
        self.send_response(say.status)
        for name, value in ({"Content-Length": str(len(say.body))} | say.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(say.body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def serving(*plan: Say | Trouble, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server that answers one request after the other as planned."""
    server = Server(list(plan))
    listening = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"script": server}))
    if tls:
        listening.socket = tls.wrap_socket(listening.socket, server_side=True)
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{listening.server_port}"
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        server.over.set()
        listening.shutdown()
        listening.server_close()


@dataclass
class Hands:
    """A clock that passes only while somebody sleeps; nobody really does."""

    now_s: float = 1_000.0
    pauses_s: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.pauses_s.append(seconds)
        self.now_s += seconds

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)


@dataclass
class Shell:
    """One of the two clients, used alike."""

    kind: Literal["blocking", "asyncio"]
    time: Hands = field(default_factory=Hands)
    kinds: tuple[type[Any], type[Any]] = (EkycClient, AsyncEkycClient)
    key: str = KEY

    def ask(self, url: str, do: Callable[[Any], Any], **terms: Any) -> Any:
        """What `do` gets from a client of the API at `url`."""
        terms = dict[str, Any](retries=MIDDLE, now=self.time.now) | terms
        if self.kind == "blocking":
            with self.kinds[0](url, self.key, sleep=self.time.sleep, **terms) as client:
                return do(client)

        async def awaited() -> Any:
            async with self.kinds[1](url, self.key, sleep=self.time.asleep, **terms) as client:
                answer = do(client)
                assert inspect.isawaitable(answer)
                return await answer

        return asyncio.run(awaited())


def problem(status: int, code: str, retry_after: str = "", **said: Any) -> Say:
    """A problem document, as the API writes it."""
    body = {"type": f"urn:ekyc:problem:{code}", "title": "T", "status": status, "detail": "D", "code": code}
    body |= {"billable": False} | said
    headers = {"Content-Type": "application/problem+json"}
    return Say(
        status, json.dumps(body).encode(), headers | ({"Retry-After": retry_after} if retry_after else {})
    )


def done(result: object, check: str = "face-match", headers: dict[str, str] | None = None) -> Say:
    """A check that is done."""
    body = {
        "id": ID, "check": check, "status": "done", "result": result,
        "model": {"name": "m", "version": "1"}, "timings_ms": {"total": 3.5}, "news": "of a later version",
    }  # fmt: skip
    return Say(200, json.dumps(body).encode(), headers or {})


def pending(status: int = 202, headers: dict[str, str] | None = None) -> Say:
    """A check that is not done yet."""
    body = {"id": ID, "check": "face-match", "status": "pending"}
    usual = {"Location": f"/v1/checks/{ID}", "Retry-After": "1"}
    return Say(status, json.dumps(body).encode(), usual | (headers or {}))


POSE = {"yaw_ratio": 0.1, "pitch_ratio": 0.6, "roll_deg": 1.5}
LIGHT = {"brightness_level": 120.0, "contrast_level": 40.0, "overexposed_ratio": 0.0}
QUALITY = POSE | LIGHT | {"face_px": 200, "inside_ratio": 1.0, "blur_ratio": 0.3, "reasons": []}
FACE = {"count": 1, "box": {"x": 1, "y": 2, "width": 3, "height": 4}, "confidence": 0.9, "quality": QUALITY}
MATCH = {"score": 0.75, "match": True, "threshold": 0.5, "same_picture": False, "faces": {"image_a": FACE}}
