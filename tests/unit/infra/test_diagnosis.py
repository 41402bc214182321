from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.toolchain import debian, diagnosis, docker_engine
from infra.toolchain import ensure as ensuring
from infra.toolchain.catalogue import TOOLS
from infra.toolchain.diagnosis import diagnose, mend
from infra.toolchain.find import Found
from infra.weights.pinned import read_pinned
from infra.weights.store import installed_path
from sre_cli.errors import EngineUnavailable
from tests.engines import SRE


def pretend_found(monkeypatch: pytest.MonkeyPatch, lacking: set[str]) -> None:
    def find(tool: object) -> Found:
        known = next(one for one in TOOLS.values() if one == tool)
        enough = Found(known, Path("/opt") / known.name, known.minimum)
        return Found(known) if known.name in lacking else enough

    monkeypatch.setattr(diagnosis, "find", find)
    monkeypatch.setattr(diagnosis, "read_pinned", list)
    monkeypatch.setattr(docker_engine, "engine_version", lambda: (20, 10, 24))


def mends(monkeypatch: pytest.MonkeyPatch, lacking: set[str]) -> dict[str, str]:
    pretend_found(monkeypatch, lacking)
    return {one.name: one.mend for one in diagnose() if not one.is_sufficient}


def test_nothing_to_mend_where_all_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mends(monkeypatch, set()) == {}


def test_each_lack_comes_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mends(monkeypatch, {"nomad", "docker-compose"}) == {
        "nomad": "make tools",
        "docker-compose": "pip install -e '.[tools]'",
    }


def test_go_is_needed_only_to_build_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mends(monkeypatch, {"go"}) == {}
    assert set(mends(monkeypatch, {"go", "consul"})) == {"go", "consul"}


def test_where_nothing_is_to_be_built_go_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_found(monkeypatch, {"go"})
    monkeypatch.setattr(ensuring, "find", vars(diagnosis)["find"])
    mend()


def test_an_old_engine_is_not_sufficient(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_found(monkeypatch, set())
    monkeypatch.setattr(docker_engine, "engine_version", lambda: (19, 3, 15))
    assert [one.name for one in diagnose() if not one.is_sufficient] == ["docker-engine"]


def test_weights_that_are_missing_or_others_are_fetched_by_make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_found(monkeypatch, set())
    monkeypatch.setattr(diagnosis, "read_pinned", read_pinned)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    file = read_pinned()[0]
    path = installed_path(file)
    path.parent.mkdir(parents=True)
    for content, found, where in ((None, "missing", ""), (b"x", "another file", str(path))):
        if content:
            path.write_bytes(content)
        finding = diagnose()[-1]
        assert (finding.name, finding.found, finding.where) == (file.name, found, where)
        assert (finding.is_sufficient, finding.mend) == (False, "make weights")


def test_without_root_the_command_to_get_an_engine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_engine, "engine_version", lambda: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(debian, "SYSTEM_FOLDERS", "")
    monkeypatch.setattr(docker_engine, "SOCKET", Path("/nowhere"))
    with pytest.raises(EngineUnavailable) as caught:
        docker_engine.ensure_engine()
    assert caught.value.hint == "sudo apt-get install -y --no-install-recommends docker.io iptables"


def test_the_command_ends_with_4_and_prints_json(tmp_path: Path) -> None:
    bare = os.environ | {"PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    answer = subprocess.run([SRE, "doctor", "--json"], env=bare, capture_output=True, text=True, check=False)
    findings = {one["name"]: one for one in json.loads(answer.stdout)}
    assert answer.returncode == 4
    assert (findings["nomad"]["found"], findings["nomad"]["mend"]) == ("missing", "make tools")
    assert findings["python"]["is_sufficient"]
    assert "hint:" in answer.stderr
