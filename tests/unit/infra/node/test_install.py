"""Programs that the node lacks: fetched, checked, put in place at once; what is there stays."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import time
import zipfile
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

from infra.node.sre_node import apt, install, releases
from infra.node.user_data import software
from tests.unit.infra.conftest import Pretend
from tests.unit.infra.node.conftest import Answer, Asked, Serve, node_config

PROGRAM = b"#!/bin/sh\necho Nomad v1.10.0\n"


def zipped(data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("LICENSE.txt", "words")
        archive.writestr("nomad", data)
    return made.getvalue()


@pytest.fixture(autouse=True)
def amd64(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "architecture", lambda: "amd64")


def release(url: str, place: Path, data: bytes) -> dict[str, Any]:
    sums = {"amd64": hashlib.sha256(data).hexdigest()}
    return {"version": "1.10.0", "place": str(place), "url": url, "sha256": sums}


def test_a_release_is_fetched_checked_and_put_in_its_place(serve: Serve, tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(request: Asked) -> Answer:
        asked.append(request.path)
        return 200, zipped(PROGRAM)

    place = tmp_path / "bin/nomad"
    wanted = release(serve(answer) + "/nomad_{version}_linux_{arch}.zip", place, zipped(PROGRAM))
    releases.install("nomad", wanted)
    assert place.read_bytes() == PROGRAM
    assert os.access(place, os.X_OK)
    releases.install("nomad", wanted)
    assert asked == ["/nomad_1.10.0_linux_amd64.zip"]


@pytest.mark.parametrize(("there", "fetches"), [("1.9.7", True), ("1.10.0", False), ("1.11.2", False)])
def test_only_an_older_one_is_replaced(serve: Serve, tmp_path: Path, there: str, fetches: bool) -> None:
    place = tmp_path / "nomad"
    place.write_text(f"#!/bin/sh\necho Nomad v{there}\n")
    place.chmod(0o755)
    fresh = b"the release"
    releases.install("nomad", release(serve(lambda _: (200, fresh)) + "/nomad", place, fresh))
    assert (place.read_bytes() == fresh) is fetches


def test_what_is_not_the_release_is_refused_and_the_old_one_stays(serve: Serve, tmp_path: Path) -> None:
    place = tmp_path / "nomad"
    place.write_text("old")
    with pytest.raises(ValueError, match=r"SHA-256 is .*, must be"):
        releases.install("nomad", release(serve(lambda _: (200, b"evil")) + "/nomad", place, PROGRAM))
    assert place.read_text() == "old"


def test_a_machine_without_a_known_sum_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "architecture", lambda: "riscv64")
    with pytest.raises(ValueError, match=r"nomad 1\.10\.0: no sum is known for riscv64"):
        releases.install("nomad", release("http://127.0.0.1:9/nomad", tmp_path / "nomad", PROGRAM))


def test_installing_goes_on_until_it_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes = [URLError("no route"), subprocess.CalledProcessError(100, ["apt-get"]), None]
    waits: list[float] = []

    def attempt(*_: object) -> None:
        outcome = outcomes.pop(0)
        if outcome:
            raise outcome

    monkeypatch.setattr(install, "read_config", lambda: {"software": {}, "gpus": 0})
    monkeypatch.setattr(install, "_install", attempt)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: None)
    monkeypatch.setattr(time, "sleep", waits.append)
    install.main()
    assert waits == [2.0, 4.0]
    assert "no route" in capsys.readouterr().out


def test_only_missing_packages_are_asked_of_apt(pretend: Pretend, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setenv("PATH", str(pretend("dockerd", "true")))
    monkeypatch.setattr(apt, "apt", lambda *words: asked.append(words))
    apt.install_missing({"dockerd": "docker.io"})
    assert asked == []
    apt.install_missing({"dockerd": "docker.io", "chronyd": "chrony", "jq": "jq"})
    assert asked == [("update",), ("install", "--yes", "--no-install-recommends", "chrony", "jq")]


def test_a_repository_with_another_key_is_refused(
    serve: Serve, pretend: Pretend, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = pretend("gpg", "echo pub:::; echo fpr:::::::::ABCD:; echo fpr:::::::::OTHER:")
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    url = serve(lambda _: (200, b"a key"))
    repository = {"program": "/none", "key": url, "fingerprint": "OTHER", "source": "x"}
    with pytest.raises(ValueError, match="another key than OTHER"):
        apt.install_from("toolkit", repository)


def test_a_node_lists_what_its_kind_needs() -> None:
    client = software(node_config(cloud="aws", gpus=1))
    assert set(client["releases"]) == {"nomad", "consul", "docker-compose"}
    assert set(client["repositories"]) == {"fluent-bit", "nvidia-container-toolkit"}
    assert client["packages"]["aws"] == "awscli"
    server = software(node_config("server", "gcp"))
    assert set(server["releases"]) == {"nomad", "consul"}
    assert "dockerd" not in server["packages"]
