"""The build path with the smallest Go module there is, which needs no network."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from infra.toolchain import build as building
from infra.toolchain.build import build
from infra.toolchain.catalogue import TOOLS, GoModule, Tool
from infra.toolchain.find import Found, ask_version, built_folder, find
from sre_cli.errors import EngineUnavailable

TINY = Tool("tiny", (1, 2), ldflags="-s -w -X main.version={version}")

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "go-build"
"""Go's own, where the standard library is compiled once and not by every test."""

needs_go = pytest.mark.skipif(not find(TOOLS["go"]).is_sufficient, reason="go is missing")


@pytest.fixture
def gomod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module of ours that requires the module of the tool, as the real ones do."""
    monkeypatch.setenv("GOCACHE", os.environ.get("GOCACHE", str(CACHE)))
    ours, theirs = tmp_path / "gomod" / "tiny", tmp_path / "theirs"
    ours.mkdir(parents=True)
    theirs.mkdir()
    (theirs / "go.mod").write_text("module example.org/tiny\n\ngo 1.26\n")
    (theirs / "main.go").write_text(
        'package main\n\nvar version string\n\nfunc main() { print("v" + version) }\n'
    )
    (ours / "go.mod").write_text(
        "module sre/toolchain/tiny\n\ngo 1.26\n\ntool example.org/tiny\n\n"
        f"require example.org/tiny v1.2.3 // indirect\n\nreplace example.org/tiny => {theirs}\n"
    )
    return tmp_path / "gomod"


def test_package_and_version_come_from_go_mod(gomod: Path) -> None:
    module = GoModule.of(TINY, gomod)
    assert (module.package, module.version, module.go) == ("example.org/tiny", "1.2.3", (1, 26))


@needs_go
def test_it_is_built_once_and_says_its_version(gomod: Path) -> None:
    path = build(TINY, "1/1", gomod)
    before = path.stat()
    assert ask_version(TINY, path) == (1, 2, 3)
    assert build(TINY, "1/1", gomod).stat() == before


@needs_go
def test_a_file_cut_short_is_built_again(gomod: Path) -> None:
    path = build(TINY, "1/1", gomod)
    path.write_bytes(path.read_bytes()[:1000])
    assert ask_version(TINY, build(TINY, "1/1", gomod)) == (1, 2, 3)


@needs_go
def test_a_failure_tells_the_last_lines_and_leaves_nothing(gomod: Path, tmp_path: Path) -> None:
    (tmp_path / "theirs" / "main.go").write_text("package main\n\nfunc main() { nonsense() }\n")
    with pytest.raises(EngineUnavailable) as caught:
        build(TINY, "1/1", gomod)
    assert "undefined: nonsense" in (caught.value.detail or "")
    assert caught.value.hint == "make tools"
    assert not list(built_folder(TINY, gomod).parent.iterdir())


def test_what_is_built_but_does_not_run_is_not_kept(gomod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "_compile", lambda target, *_: target.write_text("not a program"))
    with pytest.raises(EngineUnavailable, match="tiny is built but does not run"):
        build(TINY, "1/1", gomod)
    assert not built_folder(TINY, gomod).exists()


@needs_go
def test_it_is_built_for_this_machine(gomod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"GOOS": "windows", "GOARCH": "arm", "GOFLAGS": "-mod=mod"}.items():
        monkeypatch.setenv(name, value)
    assert ask_version(TINY, build(TINY, "1/1", gomod)) == (1, 2, 3)


@needs_go
def test_leftovers_of_a_killed_build_are_swept(gomod: Path) -> None:
    stale = built_folder(TINY, gomod).parent / ".tiny.killed"
    stale.mkdir(parents=True)
    build(TINY, "1/1", gomod)
    assert not stale.exists()


def test_two_runs_at_once_build_once(gomod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[Path] = []

    def compile_slowly(target: Path, *_: object) -> None:
        compiled.append(target)
        threading.Event().wait(0.3)
        target.write_text("#!/bin/sh\necho v1.2.3\n")
        target.chmod(0o755)

    monkeypatch.setattr(building, "_compile", compile_slowly)
    runs = [threading.Thread(target=build, args=(TINY, "1/1", gomod)) for _ in range(3)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(compiled) == 1


def test_an_old_go_is_named_with_what_is_needed(gomod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "find", lambda tool: Found(tool, Path("/usr/bin/go"), (1, 19)))
    with pytest.raises(EngineUnavailable, match=r"go is 1\.19, 1\.26 or newer is needed") as caught:
        build(TINY, "1/1", gomod)
    assert caught.value.hint == building.EXTRA_HINT


@pytest.mark.parametrize(
    ("output", "hint"),
    [
        ("write /x: no space left on device", "df -h "),
        ("Get ...: dial tcp: lookup proxy: no such host", "go env GOPROXY"),
        ("#include <stdlib.h>: stdlib.h: No such file", "sudo apt-get install"),
        ("undefined: x", "make tools"),
    ],
)
def test_the_hint_fits_the_cause(output: str, hint: str) -> None:
    assert building._hint(output).startswith(hint)
