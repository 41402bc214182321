"""Starting the engine, with a pretended `docker` and `dockerd`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.toolchain import docker_engine
from infra.toolchain.docker_engine import dockerd, engine_version, ensure_engine
from sre_cli.errors import EngineUnavailable
from tests.unit.infra.conftest import Pretend


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, pretend: Pretend, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Root without systemd; `docker` answers once `dockerd` has put down a file."""
    up = tmp_path / "up"
    client = pretend("docker", f"test -e {up} && echo 20.10.24+dfsg1")
    daemon = pretend("dockerd", f"touch {up}; exec sleep 60")
    monkeypatch.setenv("PATH", f"{client}:{daemon}:/usr/bin:/bin")
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(docker_engine, "SYSTEMD", tmp_path / "no-systemd")
    monkeypatch.setattr(docker_engine, "PID_FILE", tmp_path / "docker.pid")
    yield
    dockerd().stop(2)


def test_it_is_started_once_and_recorded() -> None:
    assert engine_version() is None
    ensure_engine()
    pid = dockerd().pid()
    assert pid
    assert engine_version() == (20, 10, 24)
    ensure_engine()
    assert dockerd().pid() == pid


def test_one_that_does_not_answer_is_told_with_its_log(
    tmp_path: Path, pretend: Pretend, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = pretend("dockerd", "echo failed to mount overlay; exec sleep 60")
    monkeypatch.setenv("PATH", f"{broken}:{os.environ['PATH']}")
    monkeypatch.setattr(docker_engine, "START_DEADLINE_S", 0.5)
    with pytest.raises(EngineUnavailable, match="does not answer after") as caught:
        ensure_engine()
    assert caught.value.detail == "failed to mount overlay"


def test_the_number_of_a_dead_daemon_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "docker.pid").write_text(str(os.getpid()))  # alive, and no dockerd
    ensure_engine()
    assert not (tmp_path / "docker.pid").exists()


def test_an_engine_elsewhere_is_not_started_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(EngineUnavailable, match="DOCKER_HOST"):
        ensure_engine()
    assert dockerd().pid() is None
