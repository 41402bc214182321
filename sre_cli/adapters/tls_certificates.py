"""The Certificates port: what engines show to who connects."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from sre_cli.errors import EngineUnavailable

TIMEOUT_S = 10
ASKED = 9
"""Times that each address is asked, which a load balancer deals out among its servers."""


class TlsCertificates:
    """Connects to https addresses, and believes only what the cluster's authority signed."""

    def __init__(self, urls: Sequence[str], ca_file: Path, *, mend: str):
        """`mend` is the command to type when an address does not answer."""
        self._places = [(parts.hostname or "", parts.port or 443) for parts in map(urlsplit, urls)]
        self._trust = ssl.create_default_context(cafile=str(ca_file))
        self._mend = mend

    def serials(self) -> set[str]:
        """Serial numbers, hexadecimal."""
        return {self._serial(*place) for place in self._places for _ in range(ASKED)}

    def _serial(self, host: str, port: int) -> str:
        try:
            with (
                socket.create_connection((host, port), timeout=TIMEOUT_S) as plain,
                self._trust.wrap_socket(plain, server_hostname=host) as encrypted,
            ):
                return str((encrypted.getpeercert() or {})["serialNumber"])
        except (OSError, KeyError) as error:
            raise EngineUnavailable(f"{host}:{port} does not answer: {error}", hint=self._mend) from None
