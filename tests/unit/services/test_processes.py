"""The processes as a platform sees them: exit codes, signals, health, and what they print."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from services import models, probe
from services.adapters.sealing import new_keys
from tests.faces import face_pairs

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("EKYC_")}

STORES = {"EKYC_OBJECTS_URL": "file:///a", "EKYC_DATABASE_URL": "sqlite+aiosqlite:///a"}
WORKERS = 2


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def ended(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services", *words]
    return subprocess.run(command, env=CLEAN | env, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize(
    ("words", "env", "line"),
    [
        (("api",), {"PORT": "none"}, "PORT: Input should be a valid integer"),
        (("api",), {}, "EKYC_BROKER_URL: required"),
        (("worker", "face-match"), {"EKYC_BROKER_URL": "amqp://h/"}, "EKYC_OBJECTS_URL: required"),
        (("embedded",), {"EKYC_DATABASE_URL": "mysql://u:hunter2@h"}, "EKYC_DATABASE_URL: must be"),
        (("embedded",), {"EKYC_OBJECTS_URL": "ftp://h"}, "EKYC_OBJECTS_URL: must be"),
        (("embedded",), {"EKYC_FALLBACK_OBJECTS_URL": "ftp://h"}, "EKYC_FALLBACK_OBJECTS_URL: must be"),
        (("embedded",), {"EKYC_SEALING_KEYS": "a:hunter2"}, "EKYC_SEALING_KEYS: key 1: must be 32 bytes"),
        (("janitor",), STORES | {"EKYC_FALLBACK_OBJECTS_URL": "file:///a"}, "must not be the store of"),
        (("janitor",), STORES, "EKYC_SEALING_KEYS: required"),
        (("api",), STORES | {"EKYC_BROKER_URL": "amqp://h/"}, "EKYC_SEALING_KEYS: required"),
        (("worker", "face-match"), STORES | {"EKYC_BROKER_URL": "amqp://h/"}, "EKYC_SEALING_KEYS: required"),
        (("api",), {"EKYC_BROKER_URL": "http://u:hunter2@h"}, "EKYC_BROKER_URL: must be"),
        (("embedded",), {"EKYC_REDIS_URL": "http://:hunter2@h"}, "EKYC_REDIS_URL: Redis URL must"),
        (("embedded",), {"EKYC_ADMIN_TOKEN": "hunter2"}, "EKYC_ADMIN_TOKEN: "),
        (("embedded",), {"EKYC_AUTH": "maybe"}, "EKYC_AUTH: "),
        (("worker", "face-match"), {"EKYC_SHADOW_MODEL": "./face_match.py"}, "EKYC_SHADOW_MODEL: "),
        (("worker", "face-match"), {"EKYC_SHADOW_SHARE": "10"}, "EKYC_SHADOW_SHARE: "),
        (("embedded",), {"EKYC_OTLP_ENDPOINT": "hunter2:4317"}, "EKYC_OTLP_ENDPOINT: String should match"),
        (("embedded",), {"EKYC_TRACE_RATIO": "2"}, "EKYC_TRACE_RATIO: "),
        (("worker", "palm-reading"), {}, "invalid choice: 'palm-reading'"),
        ((), {}, "required: process"),
    ],
)
def test_wrong_words_and_settings_are_one_line_and_exit_2(
    words: tuple[str, ...], env: dict[str, str], line: str
) -> None:
    # A port of its own: `make up` may be running beside these tests.
    answer = ended(*words, **{"PORT": str(free_port())} | env)
    assert answer.returncode == 2
    assert line in answer.stderr.splitlines()[-1]
    assert "Traceback" not in answer.stderr
    assert "hunter2" not in answer.stderr + answer.stdout


def test_a_taken_port_is_one_line_and_exit_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = ended("embedded", PORT=str(taken.getsockname()[1]))
    assert answer.returncode == 2
    assert answer.stderr.startswith("HOST, PORT: cannot listen on 127.0.0.1:")


@dataclass
class Embedded:
    """A running `python -m services embedded`."""

    process: subprocess.Popen[str]
    port: int
    data_dir: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self, number: signal.Signals) -> tuple[int, list[str]]:
        """Its exit status and what it printed."""
        self.process.send_signal(number)
        printed, _ = self.process.communicate(timeout=20)
        return self.process.returncode, printed.splitlines()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Embedded]:
    port = free_port()
    env = CLEAN | {"PORT": str(port), "EKYC_DATA_DIR": str(tmp_path), "EKYC_DRAIN_WAIT_S": "0.5"}
    # Nobody listens there: traces that cannot leave hold nothing up.
    env |= {"EKYC_THREADS": str(WORKERS), "EKYC_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    command = [sys.executable, "-m", "services", "embedded"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not probe.ready("127.0.0.1", port) and time.monotonic() < deadline:
        time.sleep(0.1)
    yield Embedded(process, port, tmp_path)
    process.kill()
    process.wait()


def test_it_answers_and_ends_well(embedded: Embedded) -> None:
    pair = next(pair for pair in face_pairs() if pair.same)
    files = {"image_a": pair.a.read_bytes(), "image_b": pair.b.read_bytes()}
    answer = httpx.post(f"{embedded.url}/v1/face-match", files=files, timeout=30)
    assert answer.json()["result"]["match"] is True
    assert "server" not in answer.headers
    ready = httpx.get(f"{embedded.url}/readyz").json()["dependencies"]
    whats = ("model", "consumer")
    workers = {f"{name} {n} {what}" for name in models.names() for n in range(WORKERS) for what in whats}
    assert ready.keys() == {"broker", "objects", "results"} | workers
    assert httpx.get(f"{embedded.url}/livez").text == "ok\n"
    assert (
        'ekyc_tasks_total{check="face-match",outcome="done"} 1.0' in httpx.get(f"{embedded.url}/metrics").text
    )

    assert (embedded.data_dir / "sealing.keys").stat().st_mode & 0o777 == 0o600

    status, printed = embedded.stop(signal.SIGTERM)
    assert status == 0
    lines = [json.loads(line) for line in printed]
    check_id = answer.json()["id"]
    assert {line["event"] for line in lines if line.get("id") == check_id} == {"task", "request"}
    assert not list((embedded.data_dir / "objects").rglob("image_*"))


def test_a_body_of_fifty_megabytes_gets_its_answer_even_so(embedded: Embedded) -> None:
    """The refusal must survive a client that sends everything before it listens."""
    files = {"image_a": bytes(50_000_000), "image_b": b"x"}
    answer = httpx.post(f"{embedded.url}/v1/face-match", files=files, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_asked(embedded: Embedded, number: signal.Signals) -> None:
    status, _ = embedded.stop(number)
    assert status == 0


def test_a_janitor_brings_home_what_it_finds_and_ends_when_asked(tmp_path: Path) -> None:
    port, home, fallback = free_port(), tmp_path / "home", tmp_path / "fallback"
    stray = fallback / "face-match" / "1" / "image_a"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"sealed, and none of the janitor's business")
    stores = {"EKYC_OBJECTS_URL": home.as_uri(), "EKYC_FALLBACK_OBJECTS_URL": fallback.as_uri()}
    stores |= {"EKYC_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/a", "EKYC_SEALING_KEYS": new_keys("a")}
    command = [sys.executable, "-m", "services", "janitor"]
    with subprocess.Popen(command, env=CLEAN | stores | {"PORT": str(port)}) as process:
        try:
            deadline = time.monotonic() + 30
            while not (probe.ready("127.0.0.1", port) and (home / "face-match").exists()):
                assert time.monotonic() < deadline
                time.sleep(0.1)
            metrics = httpx.get(f"http://127.0.0.1:{port}/metrics").text
            assert 'ekyc_object_store_reconciled_total{operation="home"} 1.0' in metrics
            assert 'ekyc_chore_runs_total{chore="bring-home",outcome="done"}' in metrics
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        finally:
            process.kill()
    assert (home / "face-match" / "1" / "image_a").read_bytes() == stray.read_bytes()


def test_a_probe_of_nothing_says_no() -> None:
    assert not probe.ready("127.0.0.1", 9)


def test_the_probe_is_a_command() -> None:
    command = [sys.executable, "-S", "-m", "services.probe"]
    answer = subprocess.run(command, env=CLEAN | {"PORT": "9"}, check=False)
    assert answer.returncode == 1
