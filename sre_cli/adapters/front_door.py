"""The Front port: the environment's API as callers reach it."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx

from sre_cli.adapters.causes import distrust, plain_cause

TIMEOUT_S = 5.0


class FrontDoor:
    """Asks through the ingress."""

    def __init__(self, url: str, ca_file: Path):
        """`ca_file` signs what the URL shows, where no public authority does."""
        self._url, self._ca_file = url, ca_file

    def knock(self) -> str:
        """`ready` when the API behind it takes requests, else what was seen instead."""
        try:
            trust = ssl.create_default_context()
            trust.load_verify_locations(self._ca_file)
            with httpx.Client(verify=trust, timeout=TIMEOUT_S, trust_env=False) as client:
                answer = client.get(f"{self._url}/readyz")
        except (httpx.HTTPError, OSError) as error:
            return f"{self._url} does not answer: {distrust(error) or plain_cause(error)}"
        return (
            "ready" if answer.status_code == httpx.codes.OK else f"{self._url} answers {answer.status_code}"
        )
