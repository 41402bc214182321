from __future__ import annotations

from pathlib import Path

import pytest

from infra.weights.npm_config import PUBLIC_REGISTRY, npm_authorisation, npm_registry, npm_setting


def test_where_nothing_is_said_the_registry_is_the_public_one() -> None:
    assert npm_registry() == PUBLIC_REGISTRY


def test_a_variable_goes_before_the_users_file_and_that_before_the_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "machine").write_text("registry=https://machine.test/\n")
    assert npm_registry() == "https://machine.test"
    (tmp_path / "global").write_text("registry = https://global.test\n")
    assert npm_registry() == "https://global.test"
    (tmp_path / ".npmrc").write_text('; a comment\nregistry = "https://user.test/npm/"\n')
    assert npm_registry() == "https://user.test/npm"
    monkeypatch.setenv("npm_config_registry", "https://variable.test")
    assert npm_registry() == "https://variable.test"


def test_the_users_file_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").write_text("registry=https://mine.test\n")
    monkeypatch.setenv("NPM_CONFIG_USERCONFIG", str(tmp_path / "mine"))
    assert npm_registry() == "https://mine.test"


def test_the_file_of_an_npm_on_the_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NPM_CONFIG_GLOBALCONFIG")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for folder in ("bin", "etc"):
        (tmp_path / folder).mkdir()
    (tmp_path / "bin" / "npm").touch(mode=0o755)
    (tmp_path / "etc" / "npmrc").write_text("cafile=/there.pem\n")
    assert npm_setting("cafile") == "/there.pem"


def test_a_hyphen_is_an_underscore_in_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPM_CONFIG_HTTPS_PROXY", "http://proxy.test")
    assert npm_setting("https-proxy") == "http://proxy.test"


@pytest.mark.parametrize(
    ("line", "header"),
    [
        ("//host.test/npm/:_authToken=${TOKEN}", "Bearer secret"),
        ("//host.test/npm/:_auth=dTpw", "Basic dTpw"),
        ("//other.test/npm/:_authToken=x", None),
    ],
)
def test_a_registry_gets_what_is_kept_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, header: str | None
) -> None:
    monkeypatch.setenv("TOKEN", "secret")
    (tmp_path / ".npmrc").write_text(f"{line}\n")
    assert npm_authorisation("https://host.test/npm") == header


def test_a_file_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    (tmp_path / ".npmrc").write_bytes(b"registry=\xff\n")
    (tmp_path / "global").mkdir()
    assert npm_registry() == PUBLIC_REGISTRY
