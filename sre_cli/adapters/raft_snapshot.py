"""The StateStore port on Nomad's and Consul's servers, which write their own snapshots."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from sre_cli.errors import EngineUnavailable
from sre_cli.specs.snapshot import PartName

TIMEOUT_S = 120.0
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Dialect:
    """Where the two differ."""

    name: PartName
    token_header: str
    snapshot: str
    version: tuple[str, ...]
    """Where /v1/agent/self says it."""


NOMAD = Dialect("nomad", "X-Nomad-Token", "/v1/operator/snapshot", ("config", "Version", "Version"))
CONSUL = Dialect("consul", "X-Consul-Token", "/v1/snapshot", ("Config", "Version"))


class RaftSnapshotStore:
    """One engine's servers, at an address behind which any of them answers."""

    def __init__(self, dialect: Dialect, url: str, token: str, ca_file: Path, *, mend: str):
        """`mend` is the command to type when the engine does not answer."""
        self.name: PartName = dialect.name
        self._dialect = dialect
        self._url = url
        self._mend = mend
        self._client = httpx.Client(
            base_url=url,
            headers={dialect.token_header: token},
            verify=ssl.create_default_context(cafile=str(ca_file)),
            timeout=TIMEOUT_S,
            # A proxy of the environment is for the web; an engine is reached directly.
            trust_env=False,
        )

    def version(self) -> str:
        """Of the server that answers."""
        with self._explained():
            found: Any = _checked(self._client.get("/v1/agent/self")).json()
        for key in self._dialect.version:
            found = found[key] if isinstance(found, Mapping) else {}
        return str(found)

    def save(self, path: Path) -> None:
        """Stream the leader's snapshot into `path`."""
        with self._explained(), self._client.stream("GET", self._dialect.snapshot) as answer:
            if answer.is_error:
                answer.read()
            _checked(answer)
            with path.open("wb") as file:
                for chunk in answer.iter_bytes(CHUNK_BYTES):
                    file.write(chunk)

    def restore(self, path: Path) -> None:
        """Send the snapshot to the leader; the engine checks it and serves it once this returns."""
        with self._explained(), path.open("rb") as file:
            _checked(
                self._client.put(self._dialect.snapshot, content=iter(lambda: file.read(CHUNK_BYTES), b""))
            )

    def is_ready(self) -> bool:
        """Whether there is a leader that takes our token."""
        try:
            leader = self._client.get("/v1/status/leader", timeout=5)
            return leader.is_success and bool(leader.json()) and self._client.get("/v1/agent/self").is_success
        except (httpx.HTTPError, ValueError):
            return False

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPStatusError as error:
            said = " ".join(error.response.text.split()) or f"status {error.response.status_code}"
            raise EngineUnavailable(f"{self.name} at {self._url} refuses: {said}", hint=self._mend) from None
        except httpx.HTTPError as error:
            raise EngineUnavailable(
                f"{self.name} at {self._url} does not answer: {error}", hint=self._mend
            ) from None


def _checked(answer: httpx.Response) -> httpx.Response:
    return answer.raise_for_status()
