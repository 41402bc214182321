"""Consul's own client, and what its errors mean to somebody at a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import consul

from sre_cli.adapters.causes import distrust, plain_cause
from sre_cli.errors import EngineUnavailable

T = TypeVar("T")


class ConsulClient:
    """Asks one Consul; not made for several threads."""

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        mend: str,
        ca_file: Path | None = None,
        timeout_s: int = 5,
    ):
        """`ca_file` signs what an https URL shows; `mend` is the command to type when Consul is silent."""
        parts = urlsplit(url)
        self._url = url
        self._mend = mend
        self._consul = consul.Consul(
            host=parts.hostname,
            port=parts.port,
            scheme=parts.scheme,
            token=token,
            verify=str(ca_file) if ca_file else True,
            connections_timeout=timeout_s,
        )
        # A proxy of the environment is for the web; an engine is reached directly.
        self._consul.http.session.trust_env = False

    def ask(self, question: Callable[[Any], T]) -> T:
        """The answer to `question`, which is given the library's client. Raises EngineUnavailable."""
        try:
            return question(self._consul)
        except consul.ACLPermissionDenied as error:
            message, hint = f"refuses this token: {error}", f"{self._mend}, or set CONSUL_HTTP_TOKEN"
        except (OSError, consul.ConsulException) as error:
            cause = distrust(error)
            message = f"is not trusted: {cause}" if cause else f"does not answer: {plain_cause(error)}"
            hint = self._mend
        raise EngineUnavailable(f"Consul at {self._url} {message}", hint=hint)
