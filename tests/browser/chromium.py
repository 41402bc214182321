"""Headless Chromium, driven by its own DevTools protocol over two pipes: no driver, no port, no library."""

from __future__ import annotations

import itertools
import json
import os
import queue
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from infra.toolchain import debian
from sre_cli.errors import EngineUnavailable

ANSWER_S = 90
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--no-proxy-server", "--remote-debugging-pipe",
    "--use-fake-device-for-media-stream",
)  # fmt: skip
PIPES = 'exec "$@" 3<&0 4>&1 </dev/null >&2'
"""The browser reads the protocol from descriptor 3 and writes it to 4."""

Json = dict[str, Any]


def require_chromium() -> str:
    """Where it is. Root may install it; without it this skips on a laptop, and fails in CI."""
    try:
        if not any(map(debian.which, NAMES)):
            debian.install(["chromium"], "tests of the pages")
    except EngineUnavailable as error:
        reason = f"{error}: {error.hint}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return next(path for name in NAMES if (path := debian.which(name)))


class ProtocolError(Exception):
    """The browser refused a command."""


@dataclass
class Chromium:
    """A running browser."""

    process: subprocess.Popen[bytes]
    waiting: dict[int, queue.Queue[Json]] = field(default_factory=dict)
    events: dict[str, list[Json]] = field(default_factory=dict)
    """By the session of the tab."""
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def send(self, method: str, session: str | None = None, **params: Any) -> Json:
        """What the browser answers to a command. Raises ProtocolError."""
        number = next(self.numbers)
        answers = self.waiting[number] = queue.Queue()
        said = {"id": number, "method": method, "params": params} | (
            {"sessionId": session} if session else {}
        )
        assert self.process.stdin
        self.process.stdin.write(json.dumps(said).encode() + b"\0")
        self.process.stdin.flush()
        answer = answers.get(timeout=ANSWER_S)
        if "error" in answer:
            raise ProtocolError(f"{method}: {answer['error']['message']}")
        result: Json = answer["result"]
        return result

    def listen(self) -> None:
        """Sort what the browser says, until it ends."""
        assert self.process.stdout
        rest = b""
        while piece := os.read(self.process.stdout.fileno(), 1 << 20):
            *messages, rest = (rest + piece).split(b"\0")
            for message in map(json.loads, messages):
                if "id" in message:
                    self.waiting.pop(message["id"]).put(message)
                else:
                    self.events.setdefault(message.get("sessionId", ""), []).append(message)


@contextmanager
def running(profile: Path, camera: Path) -> Iterator[Chromium]:
    """A browser whose camera shows the film at `camera`; gone with the block, its children too."""
    flags = (*FLAGS, f"--user-data-dir={profile}", f"--use-file-for-fake-video-capture={camera}")
    command = ["sh", "-c", PIPES, "sh", require_chromium(), *flags]
    env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with (profile.with_suffix(".log")).open("wb") as log:
        process = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    browser = Chromium(process)
    threading.Thread(target=browser.listen, daemon=True).start()
    try:
        yield browser
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        shutil.rmtree(profile, ignore_errors=True)


def until(found: Any, what: str, within_s: float = ANSWER_S) -> Any:
    """What `found` returns once it is true. Raises AssertionError."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {within_s:g} s: {what}")
