"""Kinds of nodes, their secrets, and a web server on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from infra.node.config import NodeConfig, NodeRole
from sre_cli.specs.cluster import CloudName

BUNDLE = {
    "ca_pem": "the authority\n",
    "cert_pem": "the certificate\n",
    "key_pem": "the key\n",
    "consul_gossip_key": "consul-gossip",
    "consul_agent_token": "agent-token",
    "consul_nomad_token": "nomad-token",
    "nomad_gossip_key": "nomad-gossip",
    "consul_management_token": "consul-management",
    "nomad_management_token": "nomad-management",
}

Answer = tuple[int, bytes]
Serve = Callable[[Callable[["Asked"], Answer]], str]


class Asked:
    """One request."""

    def __init__(self, method: str, path: str, headers: dict[str, str], body: bytes):
        self.method, self.path, self.headers, self.body = method, path, headers, body


def node_config(role: NodeRole = "client", cloud: CloudName = "local", **more: object) -> NodeConfig:
    """A node of the cluster `blue`."""
    pool = {"pool": "core", "roles": ("api", "edge"), "shape": "node-large"} if role == "client" else {}
    known: dict[str, object] = {
        "env": "blue",
        "cloud": cloud,
        "role": role,
        "servers": 3,
        "retry_join": ("10.1.0.11", "10.2.0.11", "10.3.0.11"),
        "read_bundle": "cat /etc/sre/bundle.json",
        "registry": "registry.ekyc.test:5000",
        **pool,
    }
    return NodeConfig(**{**known, **more})  # type: ignore[arg-type]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Answers HTTP on loopback with a function; gives its URL."""
    running: list[ThreadingHTTPServer] = []

    def start(answer: Callable[[Asked], Answer]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                code, text = answer(Asked(self.command, self.path, dict(self.headers), body))
                self.send_response(code)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_PUT = do_POST = _any  # noqa: N815 - the server calls them so

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        running.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()
