"""JSON over HTTP to the agents of this node."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from typing import Any

TIMEOUT_S = 10


class Refusal(Exception):
    """The agent answered, but not with what was asked for."""

    def __init__(self, code: int, text: str):
        super().__init__(f"HTTP {code}: {text}")
        self.code = code
        self.text = text


class Api:
    """One agent's API, asked with a token."""

    def __init__(self, url: str, token_header: str, token: str, ca_file: str | None = None):
        self._url = url
        self._headers = {token_header: token, "Content-Type": "application/json"}
        # No proxy of the environment may see what is said to loopback.
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if ca_file:
            handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca_file)))
        self._opener = urllib.request.build_opener(*handlers)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON. Raises Refusal; raises OSError: when there is no answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._url}{path}", data, self._headers, method=method)
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise Refusal(error.code, error.read().decode(errors="replace").strip()) from None
        return json.loads(text) if text else None


def local_nomad(token: str) -> Api:
    """Nomad of this node."""
    return Api("https://127.0.0.1:4646", "X-Nomad-Token", token, "/etc/nomad.d/tls/ca.pem")


def local_consul(token: str) -> Api:
    """Consul of this node."""
    return Api("http://127.0.0.1:8500", "X-Consul-Token", token)
