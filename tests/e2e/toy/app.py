"""A container that serves /readyz and drains; MODE makes it misbehave in one way."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import prometheus_client

from services import metrics

MODE = os.environ.get("MODE", "good")
EVERY = 20
"""Of so many requests one ends in an error."""
SLOW_S = 4.0
LEAK_BYTES = 300_000
"""A request."""
ROUTE, TIER = "/v1/toy", "none"
turns = itertools.count(1)
leaked: list[bytes] = []


class Handler(BaseHTTPRequestHandler):
    """Ready, or never; requests are measured as the API measures its own."""

    def do_GET(self) -> None:
        if self.path.startswith("/metrics"):  # Prometheus asks for families
            self._answer(200, prometheus_client.generate_latest())
        elif self.path.startswith("/v1/"):
            self._serve()
        elif MODE == "unready":
            self._answer(503, b"the model is not loaded\n")
        else:
            self._answer(200, b"ready\n")

    def _serve(self) -> None:
        began = time.monotonic()
        if MODE == "slow":
            time.sleep(SLOW_S)
        if MODE == "leak":
            leaked.append(os.urandom(LEAK_BYTES))
        status = 500 if MODE == "errors" and next(turns) % EVERY == 0 else 200
        labels = ROUTE, str(status), TIER
        metrics.http_requests.labels(*labels).inc()
        metrics.http_duration.labels(*labels).observe(time.monotonic() - began)
        self._answer(status, b"done\n")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        pass


def main() -> None:
    """Serve until SIGTERM, then take a moment to drain."""
    if MODE == "crash":
        sys.exit("toy: cannot read the licence key")
    server = ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler)
    stop = threading.Event()
    if MODE == "stubborn":
        signal.signal(signal.SIGTERM, lambda *_: print("toy: not yet", flush=True))
    else:
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("toy: serving", flush=True)
    stop.wait()
    print("toy: draining", flush=True)
    time.sleep(1)
    print("toy: drained", flush=True)


main()
