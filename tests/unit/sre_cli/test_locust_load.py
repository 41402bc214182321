"""The load generator against a small, slow server: the schedule is kept whatever the server does."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sre_cli.adapters.child_process import child
from sre_cli.adapters.locust_load import LocustLoadGenerator
from sre_cli.core.trial import closed_throughput_rps, summarise
from sre_cli.errors import EngineUnavailable
from sre_cli.specs.load import LoadPlan

SERVICE_S = 0.2


@contextmanager
def slow_server(*, pending: int = 0, status: int = 200) -> Iterator[str]:
    """One request at a time, SERVICE_S each; `pending` more questions before the final answer."""
    turn, asked = threading.Lock(), [0]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            with turn:
                time.sleep(SERVICE_S)
            self._answer(202 if pending else status, more=pending > 0)

        def do_GET(self) -> None:
            asked[0] += 1
            self._answer(200, more=asked[0] < pending)

        def _answer(self, code: int, *, more: bool) -> None:
            self.send_response(code)
            if more:
                self.send_header("Location", "/again")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    file = tmp_path / "face.jpg"
    file.write_bytes(b"not looked at")
    return file


def load(url: str, image: Path, **changes: object) -> LoadPlan:
    defaults = {
        "base_url": url,
        "path": "/v1/face-match",
        "payloads": [{"image_a": image, "image_b": image}],
        "arrivals": "constant",
        "rate_rps": 20,
        "duration_s": 2,
        "drain_s": 1,
    }
    return LoadPlan.model_validate(defaults | changes)


def test_arrivals_do_not_wait_for_answers(image: Path) -> None:
    """Four times what the server can do: every request is still sent on time, and the wait is counted."""
    with slow_server() as url:
        trial = LocustLoadGenerator().run(load(url, image))
    summary = summarise(trial)
    assert summary.arrivals == 40
    assert summary.lag_p99_s < 0.1
    assert summary.p50_s > 1.0, "most of the latency is waiting that a closed loop would never see"
    assert summary.growth == pytest.approx(3, rel=0.2)
    assert summary.unfinished > 0
    assert summary.unfinished == summary.errors


def test_a_full_house_drops_and_says_so(image: Path) -> None:
    with slow_server() as url:
        summary = summarise(LocustLoadGenerator().run(load(url, image, max_in_flight=3)))
    assert summary.dropped >= 20
    assert summary.arrivals == 40


def test_a_closed_trial_finds_what_the_server_can_do(image: Path) -> None:
    with slow_server() as url:
        trial = LocustLoadGenerator().run(load(url, image, arrivals="closed", users=4, rate_rps=0))
    assert closed_throughput_rps(trial, warm_s=0.3) == pytest.approx(1 / SERVICE_S, rel=0.25)


def test_a_pending_check_is_followed_to_its_end(image: Path) -> None:
    with slow_server(pending=3) as url:
        trial = LocustLoadGenerator().run(load(url, image, rate_rps=1, duration_s=1))
    assert [shot.ok for shot in trial.shots] == [True]
    assert trial.shots[0].latency_s > SERVICE_S + 0.3


@pytest.mark.parametrize("status", [422, 503])
def test_a_refusal_is_an_error(image: Path, status: int) -> None:
    with slow_server(status=status) as url:
        trial = LocustLoadGenerator().run(load(url, image, rate_rps=1, duration_s=1))
    assert [(shot.status, shot.ok) for shot in trial.shots] == [(status, False)]


def test_nobody_listening_is_an_error_of_each_request(image: Path) -> None:
    trial = LocustLoadGenerator().run(load("http://127.0.0.1:9", image, rate_rps=5, duration_s=1))
    assert summarise(trial).errors == 5


def test_a_generator_that_cannot_start_shows_its_log(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable) as caught:
        LocustLoadGenerator().run(load("http://127.0.0.1:9", tmp_path / "missing.jpg"))
    assert "missing.jpg" in (caught.value.detail or "")


def test_a_child_and_its_own_children_do_not_outlive_the_block(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def interrupted() -> None:
        with child(["sh", "-c", "sleep 60 & echo $!; wait"], dict(os.environ), log):
            while not log.read_text().strip():
                time.sleep(0.01)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    grandchild = Path("/proc", log.read_text().strip(), "stat")
    deadline = time.monotonic() + 10  # the kernel takes a moment to end it
    while _runs(grandchild):
        assert time.monotonic() < deadline, "it outlived the block"
        time.sleep(0.01)


def _runs(stat: Path) -> bool:
    """Whether the process is more than a zombie."""
    try:
        return stat.read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
