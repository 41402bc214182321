"""A container that serves /readyz and drains; MODE makes it misbehave in one way."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

MODE = os.environ.get("MODE", "good")


class Handler(BaseHTTPRequestHandler):
    """Ready, or never."""

    def do_GET(self) -> None:
        self.send_response(503 if MODE == "unready" else 200)
        self.end_headers()
        self.wfile.write(b"the model is not loaded\n" if MODE == "unready" else b"ready\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        pass


def main() -> None:
    """Serve until SIGTERM, then take a moment to drain."""
    if MODE == "crash":
        sys.exit("toy: cannot read the licence key")
    server = HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler)
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
