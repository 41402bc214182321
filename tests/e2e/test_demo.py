"""`sre demo` from the command line to the report, on real images and a real model, with little load."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.faces import images_folder

ROOT = Path(__file__).parents[2]
SRE = [sys.executable, "-c", "from sre_cli.cli import main; main()", "demo"]


@pytest.fixture(scope="module")
def images() -> Path:
    return images_folder()


def sre_demo(*arguments: str | Path, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SRE, *map(str, arguments)],
        cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip


def test_the_whole_demo(images: Path, tmp_path: Path) -> None:
    report = tmp_path / "new" / "demo.html"
    began = time.monotonic()
    done = sre_demo("--images", images, "--seconds", "10", "--report", report, "--json")
    assert done.returncode in (0, 3), done.stderr
    found = json.loads(done.stdout)
    assert all(answer["right"] for answer in found["answers"]), done.stdout
    assert len(found["answers"]) == 15
    assert found["saturation_rps"] > 0
    assert len(found["trials"]) >= 3
    assert found["limit"]["tier"] in found["limit"]["sentence"]
    assert set(found["trials"][-1]["evidence"]["stage_ratio"]) >= {"decode", "detect", "embed"}
    assert found["job"].startswith("# face-match-worker")
    # So short a trial may find no rate on a busy machine; everything but the verdict is checked.
    assert done.returncode == (3 if found["objections"] else 0), done.stderr
    page = report.read_text()
    assert "<svg" in page
    assert "job &#34;face-match-worker&#34;" in page
    assert time.monotonic() - began < 300


def test_a_taken_port_is_refused_at_once(images: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = sre_demo("--images", images, "--port", str(port))
    assert done.returncode == 2
    assert f"port {port} cannot be used" in done.stderr


def test_a_service_that_cannot_start_shows_its_last_words(images: Path, tmp_path: Path) -> None:
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "__init__.py").touch()
    (tmp_path / "services" / "__main__.py").write_text("raise SystemExit('out of coffee')")
    done = sre_demo("--images", images, cwd=tmp_path, PYTHONPATH=f"{tmp_path}:{ROOT}", SRE_ROOT=str(ROOT))
    assert done.returncode == 4
    assert "out of coffee" in done.stderr


def test_a_service_that_dies_under_load_is_told_as_such(images: Path, tmp_path: Path) -> None:
    words = ["--images", str(images), "--report", str(tmp_path / "demo.html")]
    with subprocess.Popen([*SRE, *words], cwd=ROOT, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stderr is not None
        while "callers without pause" not in demo.stderr.readline():
            assert demo.poll() is None
        children = psutil.Process(demo.pid).children()
        next(child for child in children if "services" in child.cmdline()).kill()
        _, errors = demo.communicate(timeout=180)
    assert demo.returncode == 4
    assert "error: the service" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "after_s", [0.3, 2.5, 6.0], ids=["at the start", "starting the service", "under load"]
)
def test_interrupted_at_any_moment_it_leaves_nothing(
    images: Path, tmp_path: Path, number: signal.Signals, after_s: float
) -> None:
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [*SRE, "--images", str(images)], cwd=ROOT, env=env, stderr=subprocess.PIPE, start_new_session=True
    ) as demo:
        time.sleep(after_s)
        below = psutil.Process(demo.pid).children(recursive=True)
        demo.send_signal(number)
        _, errors = demo.communicate(timeout=90)
    # Before the command itself runs, Python's own way of dying by a signal is clean as well.
    assert demo.returncode in (130, -number), errors
    assert b"Traceback" not in errors or after_s < 1
    _, alive = psutil.wait_procs(below, timeout=10)
    assert alive == []
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("sre-")] == []
