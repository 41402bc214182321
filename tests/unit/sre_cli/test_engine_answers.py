"""What Nomad and Consul may say instead of an answer: one of our errors each time, never a traceback."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sre_cli.adapters.consul_catalog import ConsulCatalog
from sre_cli.adapters.consul_client import ConsulClient
from sre_cli.adapters.docker_registry import DockerRegistry
from sre_cli.adapters.nomad_client import NomadClient
from sre_cli.adapters.nomad_nodes import NomadNodes
from sre_cli.adapters.nomad_orchestrator import NomadOrchestrator
from sre_cli.adapters.prometheus_metrics import PrometheusMetrics
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
    "nodes": lambda nomad: nomad.nodes(),
    "servers": lambda nomad: nomad.servers(),
    "versions": lambda nomad: nomad.versions("toy"),
    "config_changes": lambda nomad: nomad.config_changes(),
    "stop": lambda nomad: nomad.stop("toy"),
    "log": lambda nomad: nomad.log("a"),
    "follow_log": lambda nomad: list(nomad.follow_log("a")),
}
OF_NODES: dict[str, Callable[[NomadNodes], object]] = {
    "placed": lambda nodes: nodes.placed("a"),
    "drain": lambda nodes: nodes.drain("a", 60),
    "resume": lambda nodes: nodes.resume("a"),
    "replace": lambda nodes: nodes.replace("a"),
}


def nomad_at(url: str, ca_file: Path | None = None, mend: str = "") -> NomadOrchestrator:
    return NomadOrchestrator(NomadClient(url, "t", ca_file=ca_file, mend=mend))


TLS_QUESTIONS = [
    pytest.param(lambda url, ca: nomad_at(url, ca).jobs(), id="nomad"),
    pytest.param(
        lambda url, ca: ConsulCatalog(ConsulClient(url, "t", ca_file=ca, mend="")).checks("toy"), id="consul"
    ),
    pytest.param(lambda url, ca: PrometheusMetrics(url, ca_file=ca, mend="").instant("up"), id="prometheus"),
    pytest.param(
        lambda url, ca: DockerRegistry(url.removeprefix("https://"), ca, say=print, mend="").has("a", "b"),
        id="registry",
    ),
]


def authority(path: Path) -> Path:
    """A certificate and its key, in one file, that nobody else signed."""
    words = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=x",
        "-days",
        "1",
    ]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{path}.key", "-out", str(path)]
    subprocess.run([*words, *names], check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.key").read_text())
    return path


@contextmanager
def engine_that_says(status: int, *pieces: bytes, certificate: Path | None = None) -> Iterator[str]:
    """The same to every question; over TLS where it has a certificate."""

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
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def complaint(question: str, url: str) -> SreError:
    with pytest.raises(SreError) as caught:
        QUESTIONS[question](nomad_at(url, mend="sre infra up local"))
    return caught.value


@pytest.mark.parametrize("question", OF_NODES)
@pytest.mark.parametrize("status", [403, 500])
def test_machines_that_cannot_be_asked_for_are_unavailable(question: str, status: int) -> None:
    with engine_that_says(status, b"Permission denied") as url, pytest.raises(EngineUnavailable):
        OF_NODES[question](NomadNodes(NomadClient(url, "t", mend="")))


@pytest.mark.parametrize("question", sorted(OF_NODES.keys() - {"replace"}))
def test_an_unknown_machine_is_told_with_those_there_are(question: str) -> None:
    known = b'[{"Name": "node-b", "ID": "1", "CreateIndex": 1}]'
    with engine_that_says(200, known) as url, pytest.raises(UsageError, match="no machine 'a'") as error:
        OF_NODES[question](NomadNodes(NomadClient(url, "t", mend="")))
    assert error.value.hint == "machines that run jobs: node-b"


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
        nomad = nomad_at(url)
        assert (nomad.allocations("toy"), nomad.log("a")) == ([], "")
        with pytest.raises(UsageError, match="runs no job 'toy'"):
            nomad.stop("toy")


def test_a_followed_log_keeps_characters_whole() -> None:
    bear = "\N{BEAR FACE}".encode()
    with engine_that_says(200, bear[:2], bear[2:]) as url:
        assert "".join(nomad_at(url).follow_log("a")) == "\N{BEAR FACE}"


def test_consul_too_is_named_with_the_command_that_brings_it() -> None:
    with pytest.raises(EngineUnavailable) as caught:
        ConsulCatalog(ConsulClient(NOBODY, mend="sre infra up local")).checks("toy")
    assert caught.value.message == f"Consul at {NOBODY} does not answer: Connection refused"
    assert caught.value.hint == "sre infra up local"


def test_a_consul_that_elects_a_leader_is_unavailable() -> None:
    with engine_that_says(500, b"No cluster leader") as url, pytest.raises(EngineUnavailable, match="leader"):
        ConsulCatalog(ConsulClient(url, mend="")).checks("toy")


def test_a_consul_that_refuses_the_token_says_so() -> None:
    denied = engine_that_says(403, b"Permission denied: token lacks node:read")
    with denied as url, pytest.raises(EngineUnavailable, match=r"refuses this token: .*lacks") as caught:
        ConsulCatalog(ConsulClient(url, "t", mend="sre infra up e2e")).machines()
    assert caught.value.hint == "sre infra up e2e, or set CONSUL_HTTP_TOKEN"


@pytest.mark.parametrize("ask", TLS_QUESTIONS)
def test_a_certificate_of_another_authority_is_told(
    ask: Callable[[str, Path], object], tmp_path: Path
) -> None:
    ours, theirs = authority(tmp_path / "ours"), authority(tmp_path / "theirs")
    stranger = engine_that_says(200, b"[]", certificate=theirs)
    with stranger as url, pytest.raises(EngineUnavailable, match="is not this cluster's"):
        ask(url, ours)


@pytest.mark.parametrize("ask", TLS_QUESTIONS)
def test_an_authority_that_cannot_be_read_is_told(ask: Callable[[str, Path], object], tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable):
        ask("https://127.0.0.1:9", tmp_path / "absent.pem")


def test_servers_are_told_also_when_one_is_not_well() -> None:
    body = (
        b'{"Healthy": false, "Servers": [{"Name": "s0.global", "Leader": false, "Healthy": false,'
        b' "Voter": true, "SerfStatus": "failed"}]}'
    )
    with engine_that_says(429, body) as url:
        (server,) = nomad_at(url).servers()
    assert (server.name, server.is_healthy) == ("s0", False)
