"""`sre infra` on a cluster of its own: beside every other, gone without a trace."""

from __future__ import annotations

import os
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.clouds.local import LocalCloud
from infra.node.agents import agent_process
from infra.node.layout import Layout
from infra.node.remains import processes
from sre_cli.errors import EngineUnavailable
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.outputs import Outputs
from tests.engines import ask_nomad, require_engines

pytestmark = pytest.mark.engines

SPEC = ClusterSpec(env="infra-test", cloud="local", port_offset=3000, jobs=["api"])
LAYOUT = Layout.of(SPEC)


@pytest.fixture(autouse=True)
def own_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    require_engines()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    yield
    LocalCloud().destroy(SPEC, purge=True)


def pids() -> list[int | None]:
    return [agent_process(LAYOUT, engine).pid() for engine in ("consul", "nomad")]


def secret(outputs: Outputs) -> str:
    return str(ask_nomad(outputs, "/v1/var/nomad/jobs/api")["Items"]["database_password"])


def test_nobody_reaches_nomad_without_the_token() -> None:
    outputs = LocalCloud().up(SPEC)
    for path in ("/v1/jobs", "/v1/var/nomad/jobs/api", "/v1/nodes"):
        assert httpx.get(f"{outputs.nomad_url}{path}").status_code == httpx.codes.FORBIDDEN
    assert stat.S_IMODE(outputs.nomad_token_file.stat().st_mode) == 0o600
    assert outputs.nomad_token() not in Outputs.path(SPEC.env).read_text()


def test_a_token_that_was_lost_is_said() -> None:
    LocalCloud().up(SPEC)
    LocalCloud().destroy(SPEC, purge=False)
    LAYOUT.nomad_token_file.unlink()
    with pytest.raises(EngineUnavailable, match="does not accept the token"):
        LocalCloud().up(SPEC)


def test_up_twice_is_up_once() -> None:
    outputs = LocalCloud().up(SPEC)
    before = (pids(), secret(outputs))
    assert LocalCloud().up(SPEC) == outputs == Outputs.load(SPEC.env)
    assert (pids(), secret(outputs)) == before


def test_up_brings_back_what_was_killed_and_keeps_the_secrets() -> None:
    outputs = LocalCloud().up(SPEC)
    before = secret(outputs)
    for pid in pids():
        assert pid
        os.kill(pid, signal.SIGKILL)
    LocalCloud().up(SPEC)
    assert all(pids())
    assert secret(outputs) == before


def test_destroy_keeps_the_data_until_purge() -> None:
    before = secret(LocalCloud().up(SPEC))
    LocalCloud().destroy(SPEC, purge=False)
    assert list(processes(LAYOUT.folder)) == []
    with pytest.raises(EngineUnavailable, match="no cluster 'infra-test' is up"):
        Outputs.load(SPEC.env)
    assert secret(LocalCloud().up(SPEC)) == before
    LocalCloud().destroy(SPEC, purge=True)
    assert not LAYOUT.folder.exists()


def test_agents_whose_record_is_lost_are_ended_all_the_same() -> None:
    LocalCloud().up(SPEC)
    for engine in ("consul", "nomad"):
        agent_process(LAYOUT, engine).record.unlink()
    LocalCloud().destroy(SPEC, purge=False)
    assert list(processes(LAYOUT.folder)) == []


def test_a_taken_port_ends_it_with_a_name_and_the_next_run_goes_on() -> None:
    taken = rf"nomad_http.* is in use by process {os.getpid()}"
    with (
        socket.create_server(("127.0.0.1", LAYOUT.ports()["nomad_http"])),
        pytest.raises(EngineUnavailable, match=taken),
    ):
        LocalCloud().up(SPEC)
    LocalCloud().up(SPEC)


def test_everything_listens_on_loopback_only() -> None:
    LocalCloud().up(SPEC)
    ours = {f"{port:04X}" for port in LAYOUT.ports().values()}
    # A Go program that listens everywhere stands in the second table alone.
    tables = [Path("/proc/net") / name for name in ("tcp", "tcp6")]
    rows = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
    hosts = {row[1].split(":")[0] for row in rows if row[3] == "0A" and row[1].split(":")[1] in ours}
    assert hosts == {"0100007F"}
