"""Starting the engine, with a pretended `docker` and `dockerd`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.toolchain import debian, docker_engine
from infra.toolchain.docker_engine import dockerd, engine_version, ensure_engine, mend_command
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
    monkeypatch.setattr(debian, "SYSTEM_FOLDERS", "")
    monkeypatch.setattr(docker_engine, "SYSTEMD", tmp_path / "systemd")
    monkeypatch.setattr(docker_engine, "SOCKET", tmp_path / "docker.sock")
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


def test_systemd_starts_it_where_it_runs(
    tmp_path: Path, pretend: Pretend, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "systemd").mkdir()
    systemctl = pretend("systemctl", f'test "$*" = "start docker" && touch {tmp_path}/up')
    monkeypatch.setenv("PATH", f"{systemctl}:{os.environ['PATH']}")
    ensure_engine()
    assert dockerd().pid() is None


def test_under_systemd_the_journal_is_named(
    tmp_path: Path, pretend: Pretend, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "systemd").mkdir()
    monkeypatch.setenv("PATH", f"{pretend('systemctl', 'exit 0')}:{os.environ['PATH']}")
    monkeypatch.setattr(docker_engine, "START_DEADLINE_S", 0.1)
    with pytest.raises(EngineUnavailable) as caught:
        ensure_engine()
    assert caught.value.hint == "journalctl -u docker"


def test_a_daemon_that_is_not_on_path_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    client, daemon, rest = os.environ["PATH"].split(":", 2)
    monkeypatch.setenv("PATH", f"{client}:{rest}")
    monkeypatch.setattr(debian, "SYSTEM_FOLDERS", daemon)
    ensure_engine()
    assert dockerd().pid()


def test_a_client_that_is_a_package_of_its_own_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, daemon, _ = os.environ["PATH"].split(":", 2)
    (Path(client) / "docker").rename(tmp_path / "docker")
    installed: list[str] = []

    def install(packages: list[str], _why: str) -> None:
        installed.extend(packages)
        (tmp_path / "docker").rename(Path(client) / "docker")

    # This machine may have a real one, elsewhere.
    monkeypatch.setattr(debian, "which", lambda name: shutil.which(name, path=f"{client}:{daemon}"))
    monkeypatch.setattr(debian, "install", install)
    monkeypatch.setattr(docker_engine, "engine_version", lambda: (20, 10) if installed else None)
    ensure_engine()
    assert installed == ["docker-cli"]


def test_an_old_engine_is_refused(pretend: Pretend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{pretend('docker', 'echo 19.03.15')}:{os.environ['PATH']}")
    with pytest.raises(EngineUnavailable, match=r"is 19\.3\.15, 20\.10 or newer is needed") as caught:
        ensure_engine()
    assert "--only-upgrade" in (caught.value.hint or "")


def test_one_whose_socket_may_not_be_used_is_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docker.sock").touch()
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "usermod -aG docker" in mend_command()


def test_an_engine_elsewhere_is_not_started_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(EngineUnavailable, match="DOCKER_HOST"):
        ensure_engine()
    assert dockerd().pid() is None
