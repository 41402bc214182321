from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from infra.node.agents import agent_env
from infra.node.listeners import check_free
from infra.node.remains import (
    end_processes,
    marker,
    mount_points,
    processes,
    remove_volumes,
    stop_containers,
)
from sre_cli.errors import EngineUnavailable
from tests.unit.infra.conftest import Pretend


def test_only_marked_processes_are_ended(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "blue", tmp_path / "blue-2"
    # Nomad's own helpers survive it: a child of a child counts too.
    with (
        subprocess.Popen(["sh", "-c", "sleep 60 & wait"], env=os.environ | marker(ours)) as mine,
        subprocess.Popen(["sleep", "60"], env=os.environ | marker(theirs)) as stranger,
    ):
        while len(list(processes(ours))) < 2:
            pass
        end_processes(ours, grace_s=2)
        assert list(processes(ours)) == []
        mine.wait(5)
        assert stranger.poll() is None
        stranger.kill()


def test_a_taken_port_is_told_with_its_holder() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        with pytest.raises(
            EngineUnavailable, match=rf"port {port} \(http\) is in use by process {os.getpid()}"
        ):
            check_free({"http": port}, hint="h")
    check_free({"http": port}, hint="h")


def test_a_mount_whose_path_holds_a_space_is_found() -> None:
    table = "tmpfs /home/a\\040b/secrets tmpfs rw 0 0\nproc /proc proc rw 0 0\n"
    assert mount_points(table) == ["/home/a b/secrets", "/proc"]


def test_without_docker_there_is_nothing_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    stop_containers("blue", 1)
    remove_volumes("blue")


def test_data_that_docker_keeps_is_not_told_as_removed(
    pretend: Pretend, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = pretend("docker", 'case "$2" in ls) echo blue-data;; *) exit 1;; esac')
    monkeypatch.setenv("PATH", f"{docker}:/usr/bin:/bin")
    with pytest.raises(EngineUnavailable, match="keeps volumes of blue: blue-data"):
        remove_volumes("blue")


def test_the_agents_get_no_secret_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/x")
    monkeypatch.setenv("DOCKER_HOST", "unix:///x")
    env = agent_env({"nomad": Path("/opt/nomad/nomad")})
    assert set(env) <= {"HOME", "LANG", "PATH", "TZ", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT"}
    assert "/opt/nomad" in env["PATH"].split(":")
    assert env["DOCKER_HOST"] == "unix:///x"
