from __future__ import annotations

from pathlib import Path

import pytest

from infra.toolchain.catalogue import TOOLS, GoModule, parse_version
from infra.toolchain.find import find
from tests.unit.infra.conftest import Pretend

NOMAD = TOOLS["nomad"]


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("Nomad v1.10.0\nBuildDate 2025-04-09T16:40:54Z\n", (1, 10, 0)),
        ("Consul v1.20.0\nBuild Date 1970-01-01T00:00:01Z\n", (1, 20, 0)),
        ("v3.200.0\n", (3, 200, 0)),
        ("Version  : v1.8.0\nBuild    : norev\n", (1, 8, 0)),
        ("Docker Compose version v5.6.1", (5, 6, 1)),
        ("go version go1.26.6 linux/amd64", (1, 26, 6)),
        ("20.10.24+dfsg1", (20, 10, 24)),
        ("Nomad v1.10.0-beta.1", (1, 10, 0)),
    ],
)
def test_versions_are_read_from_what_the_tools_print(said: str, version: tuple[int, ...]) -> None:
    assert parse_version(said) == version


def test_no_version_is_an_error() -> None:
    with pytest.raises(ValueError, match="no version"):
        parse_version("Version : git")


def test_the_first_sufficient_one_wins_over_an_earlier_old_one(pretend: Pretend) -> None:
    old = pretend("nomad", "echo Nomad v1.9.7")
    new = pretend("nomad", "echo Nomad v1.10.2")
    found = find(NOMAD, [old, new])
    assert (found.path, found.version, found.is_sufficient) == (new / "nomad", (1, 10, 2), True)


def test_a_relative_folder_of_path_holds_wherever_the_tool_is_started(
    pretend: Pretend, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = pretend("nomad", "echo Nomad v1.10.2")
    monkeypatch.chdir(folder.parent)
    monkeypatch.setenv("PATH", folder.name)
    assert find(NOMAD).path == folder / "nomad"


def test_an_old_one_is_found_but_not_sufficient(pretend: Pretend) -> None:
    found = find(NOMAD, [pretend("nomad", "echo Nomad v1.9.7")])
    assert not found.is_sufficient
    assert found.describe() == "1.9.7"


def test_minor_versions_are_numbers_and_not_text(pretend: Pretend) -> None:
    assert not find(TOOLS["pulumi"], [pretend("pulumi", "echo v3.99.0")]).is_sufficient


@pytest.mark.parametrize("script", ["exit 1", "echo hello", "kill -9 $$"])
def test_one_that_cannot_say_its_version_is_not_sufficient(pretend: Pretend, script: str) -> None:
    found = find(NOMAD, [pretend("nomad", script)])
    assert not found.is_sufficient
    assert found.describe() == "gives no version"


def test_a_folder_or_a_plain_file_of_that_name_is_no_tool(tmp_path: Path) -> None:
    (tmp_path / "a" / "nomad").mkdir(parents=True)
    (tmp_path / "nomad").write_text("echo Nomad v1.10.0")
    assert find(NOMAD, [tmp_path, tmp_path / "a"]).describe() == "missing"


@pytest.mark.parametrize("name", [tool.name for tool in TOOLS.values() if tool.is_built])
def test_what_is_built_is_sufficient(name: str) -> None:
    assert parse_version(GoModule.of(TOOLS[name]).version) >= TOOLS[name].minimum
