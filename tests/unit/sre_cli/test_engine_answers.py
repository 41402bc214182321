"""What Nomad and Consul may say instead of an answer: one of our errors each time, never a traceback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sre_cli.adapters.consul_catalog import ConsulCatalog
from sre_cli.adapters.nomad_orchestrator import NomadOrchestrator
from sre_cli.core.deployment import Plan
from sre_cli.errors import EngineUnavailable, SpecError, SreError, UsageError

NOBODY = "http://127.0.0.1:9"
JOB = {"ID": "toy"}
PLAN = Plan("toy", ("+ job toy",), index=0)
QUESTIONS: dict[str, Callable[[NomadOrchestrator], object]] = {
    "parse": lambda nomad: nomad.parse(""),
    "plan": lambda nomad: nomad.plan(JOB),
    "register": lambda nomad: nomad.register(JOB, PLAN),
    "deployment": lambda nomad: nomad.deployment("toy", 0),
    "placement_failures": lambda nomad: nomad.placement_failures("toy"),
    "allocations": lambda nomad: nomad.allocations("toy"),
    "jobs": lambda nomad: nomad.jobs(),
    "stop": lambda nomad: nomad.stop("toy"),
    "log": lambda nomad: nomad.log("a"),
    "follow_log": lambda nomad: list(nomad.follow_log("a")),
}


@contextmanager
def engine_that_says(status: int, *pieces: bytes) -> Iterator[str]:
    """The same to every question."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            self.send_response(status)
            self.end_headers()
            for piece in pieces:
                self.wfile.write(piece)
                self.wfile.flush()

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the base class names them

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def complaint(question: str, url: str) -> SreError:
    with pytest.raises(SreError) as caught:
        QUESTIONS[question](NomadOrchestrator(url, "t", mend="sre infra up local"))
    return caught.value


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_nomad_that_elects_a_leader_is_unavailable(question: str) -> None:
    with engine_that_says(500, b"No cluster leader") as url:
        error = complaint(question, url)
    assert isinstance(error, EngineUnavailable)
    assert error.message.endswith("fails: No cluster leader (500)")


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_nomad_that_is_gone_is_named_with_the_command_that_brings_it(question: str) -> None:
    error = complaint(question, NOBODY)
    assert isinstance(error, EngineUnavailable)
    assert (error.message, error.hint) == (
        f"Nomad at {NOBODY} does not answer: Connection refused",
        "sre infra up local",
    )


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_token_that_may_not_ask_is_told(question: str) -> None:
    with engine_that_says(403, b"Permission denied") as url:
        assert "refuses this token: Permission denied" in complaint(question, url).message


@pytest.mark.parametrize("question", ["plan", "register"])
def test_a_job_that_nomad_refuses_is_a_wrong_spec(question: str) -> None:
    with engine_that_says(500, b"1 error occurred:\n\t* Minimum healthy time") as url:
        error = complaint(question, url)
    assert isinstance(error, SpecError)
    assert error.message == "Nomad refuses the job 'toy': 1 error occurred: * Minimum healthy time"


def test_a_job_that_somebody_else_changed_is_told() -> None:
    with engine_that_says(500, b"Enforcing job modify index 0: job exists") as url:
        assert isinstance(complaint("register", url), UsageError)


def test_what_is_not_there_is_empty_or_told() -> None:
    with engine_that_says(404, b"not found") as url:
        nomad = NomadOrchestrator(url, "t", mend="")
        assert (nomad.allocations("toy"), nomad.log("a")) == ([], "")
        with pytest.raises(UsageError, match="runs no job 'toy'"):
            nomad.stop("toy")


def test_a_followed_log_keeps_characters_whole() -> None:
    bear = "\N{BEAR FACE}".encode()
    with engine_that_says(200, bear[:2], bear[2:]) as url:
        assert "".join(NomadOrchestrator(url, "t", mend="").follow_log("a")) == "\N{BEAR FACE}"


def test_consul_too_is_named_with_the_command_that_brings_it() -> None:
    with pytest.raises(EngineUnavailable) as caught:
        ConsulCatalog(NOBODY, mend="sre infra up local").checks("toy")
    assert caught.value.message == f"Consul at {NOBODY} does not answer: Connection refused"
    assert caught.value.hint == "sre infra up local"


def test_a_consul_that_elects_a_leader_is_unavailable() -> None:
    with engine_that_says(500, b"No cluster leader") as url, pytest.raises(EngineUnavailable, match="leader"):
        ConsulCatalog(url, mend="").checks("toy")
