"""The supervisor and Docker's answers; on a real Docker and Nomad it is tested in tests/e2e."""

from __future__ import annotations

import json
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from nomad_jobs import supervisor


class FakeDocker:
    """Some containers behind a socket; `status` other than 200 is its answer to everything."""

    def __init__(self) -> None:
        self.status = 200
        self.containers = ["one", "two"]
        self.asked: list[str] = []

    def answer(self, method: str, path: str) -> tuple[int, bytes]:
        self.asked.append(f"{method} {path.partition('?')[0]}")
        if self.status != 200:
            return self.status, b'{"message": "client version 1.41 is too old"}'
        if method == "DELETE":
            self.containers.remove(path.split("/")[2].partition("?")[0])
        if method != "GET":
            return 204, b""
        if path == "/version":
            return 200, b"{}"
        return 200, json.dumps(
            [{"Id": name, "Labels": {}, "State": "running"} for name in self.containers]
        ).encode()


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDocker]:
    fake = FakeDocker()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = fake.answer(self.command, self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_DELETE = do_GET  # noqa: N815 - the base class names them

        def log_message(self, *_: object) -> None:
            """Quiet."""

    socket = str(tmp_path / "docker.sock")
    monkeypatch.setattr(supervisor, "DOCKER_SOCKET", socket)
    monkeypatch.setattr(supervisor, "STOP_GRACE_S", -9.7)  # plus its ten seconds
    monkeypatch.setattr(supervisor, "POLL_S", 0.01)
    with socketserver.ThreadingUnixStreamServer(socket, Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield fake
        server.shutdown()


def test_every_container_is_stopped_and_removed(docker: FakeDocker) -> None:
    assert supervisor.stop_all()
    assert docker.containers == []
    assert sorted(docker.asked[1:-1]) == [
        "DELETE /containers/one",
        "DELETE /containers/two",
        "POST /containers/one/stop",
        "POST /containers/two/stop",
    ]


@pytest.mark.parametrize("status", [400, 403, 500])
def test_an_engine_that_refuses_is_not_one_without_containers(docker: FakeDocker, status: int) -> None:
    docker.status = status
    with pytest.raises(supervisor.DockerDown, match="too old"):
        supervisor.containers()
    assert supervisor.main(["sweep"]) == 1


def test_an_engine_that_is_gone_is_not_one_without_containers(
    docker: FakeDocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "DOCKER_SOCKET", "/nowhere/docker.sock")
    assert supervisor.main(["sweep"]) == 1


@pytest.mark.parametrize("status", [404, 409])
def test_a_container_that_went_by_itself_is_no_trouble(docker: FakeDocker, status: int) -> None:
    docker.status = status
    assert supervisor.docker("DELETE", "/containers/one?force=1") is None


def test_a_sighup_reaches_every_container_once(docker: FakeDocker) -> None:
    keeper = supervisor.Supervisor()
    keeper.up_at = None
    keeper._on_reload(1, None)
    docker.status = 500
    keeper._tick()
    docker.status, docker.asked = 200, []
    keeper._tick()
    keeper._tick()
    assert [asked for asked in docker.asked if asked.startswith("POST")] == [
        "POST /containers/one/kill",
        "POST /containers/two/kill",
    ]


def test_nothing_is_started_while_a_value_is_unknown(
    docker: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[str] = []
    monkeypatch.setenv("NOMAD_SECRETS_DIR", str(tmp_path))
    monkeypatch.setattr(supervisor.Supervisor, "_compose_up", lambda keeper: started.append("up"))
    keeper, values = supervisor.Supervisor(), tmp_path / "node.env"
    values.write_text("BROKER=\nSECRET=abc=\n")
    keeper._tick()
    keeper._tick()
    assert (started, capsys.readouterr().out) == ([], "supervisor: waiting for BROKER\n")
    values.write_text("BROKER=amqp://a/\nSECRET=abc=\n")
    docker.status = 500
    keeper._tick()
    assert started == []
    docker.status = 200
    keeper._tick()
    assert started == ["up"]


SIGNALLED_ANYWHERE = """
import itertools, sys
from nomad_jobs import supervisor
supervisor.POLL_S = 0.001
supervisor.stop_all = lambda: True
keeper, ticks = supervisor.Supervisor(), itertools.count()

def between_any_two_lines(*_):
    sys.settrace(None)
    keeper._on_reload(1, None)
    sys.settrace(between_any_two_lines)
    return between_any_two_lines

keeper._tick = lambda: next(ticks) > 20 and keeper._on_signal(15, None)
sys.settrace(between_any_two_lines)
raise SystemExit(keeper.run())
"""


def test_signals_may_come_at_any_moment() -> None:
    """A handler that takes a lock which the loop holds would never return, and no SIGTERM be heeded."""
    words = [sys.executable, "-c", SIGNALLED_ANYWHERE]
    done = subprocess.run(words, timeout=30, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")


@pytest.mark.parametrize(
    ("wanted", "shortage"),
    [
        ("", []),
        ("0=6000", []),
        ("0=6000,1=2000", []),
        ("0=9000", ["9000 MiB of GPU 0, of which 8000 are free"]),
        ("1=2001,2=10", ["2001 MiB of GPU 1, of which 2000 are free", "GPU 2"]),
    ],
)
def test_an_allocation_waits_for_the_memory_of_its_gpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, shortage: list[str]
) -> None:
    nvidia_smi(tmp_path, monkeypatch, "printf '0, 8000\\n1, 2000\\n'")
    monkeypatch.setenv("GPU_MEMORY_MIB", wanted)
    assert supervisor.gpu_shortage() == shortage


def test_a_driver_that_fails_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nvidia_smi(tmp_path, monkeypatch, "exit 9")
    monkeypatch.setenv("GPU_MEMORY_MIB", "0=1")
    (lacking,) = supervisor.gpu_shortage()
    assert lacking.startswith("a driver that answers")


def test_a_container_that_starts_again_needs_no_more_memory(
    docker: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvidia_smi(tmp_path, monkeypatch, "printf '0, 10\\n'")
    monkeypatch.setenv("GPU_MEMORY_MIB", "0=6000")
    assert supervisor.Supervisor()._may_start()
    docker.containers.clear()
    assert not supervisor.Supervisor()._may_start()
