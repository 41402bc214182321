"""What the nodes' programs write: the agents' configuration, certificates, with owner and mode."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from infra.node.config import NodeConfig
from infra.node.sre_node import configure, nomad_config
from infra.node.sre_node.configure import read_bundle, write_all
from infra.node.sre_node.consul_config import consul_config
from infra.node.sre_node.facts import Node
from infra.node.sre_node.files import write_file
from infra.node.sre_node.log_config import log_config
from tests.engines import ROOT
from tests.unit.infra.node.conftest import BUNDLE, node_config
from tests.unit.infra.node.test_user_data import KINDS


def node(config: NodeConfig, hostname: str = "ip-10-1-0-21") -> Node:
    facts = json.loads(json.dumps(asdict(config)))
    return Node(facts, "i-0abc", "blue-a", "ap-south-1", hostname, "10.1.0.21")


@pytest.fixture(autouse=True)
def owners(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Who would own which file: only root could give them away, on a machine that has such users."""
    given: dict[str, str] = {}
    monkeypatch.setattr(shutil, "chown", lambda path, user, _group: given.update({Path(path).name: user}))
    monkeypatch.setattr(nomad_config, "cpu_mhz", lambda: 2300.0)
    return given


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_agents_are_told(kind: str) -> None:
    """`UPDATE_GOLDEN=1 pytest tests/unit/infra/node` writes them anew; read the diff."""
    which = node(KINDS[kind])
    told = {"consul": consul_config(which, BUNDLE), "nomad": nomad_config.nomad_config(which, BUNDLE)}
    golden = ROOT / "tests/golden/node" / f"{kind}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(json.dumps(told, indent=2) + "\n")
    assert told == json.loads(golden.read_text())


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
def test_where_the_journal_and_the_jobs_output_go(cloud: str) -> None:
    golden = ROOT / "tests/golden/node" / f"{cloud}.fluent-bit.conf"
    told = log_config(node(KINDS[f"server-{cloud}" if cloud == "aws" else "client-gcp"]))
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(told)
    assert told == golden.read_text()


def test_the_name_is_the_hosts_where_the_cloud_named_it_after_the_environment() -> None:
    assert node(node_config(), "blue-core-1").name == "blue-core-1"
    assert node(node_config()).name == "blue-core-i-0abc"
    assert node(node_config("server")).name == "blue-server-i-0abc"


def test_files_are_written_once_and_are_nobody_elses(tmp_path: Path, owners: dict[str, str]) -> None:
    which = node(node_config())
    written = write_all(which, BUNDLE, tmp_path)
    assert {f"etc/{agent}.d/{agent}.json" for agent in ("consul", "nomad")} < set(written)
    assert (tmp_path / "etc/consul.d/tls/key.pem").read_text() == BUNDLE["key_pem"]
    assert (tmp_path / "etc/docker/certs.d/registry.ekyc.test:5000/ca.crt").read_text() == BUNDLE["ca_pem"]
    assert {stat.S_IMODE((tmp_path / path).stat().st_mode) for path in written} == {0o600}
    assert (owners["consul.json"], owners["nomad.json"]) == ("consul", "root")
    assert write_all(which, BUNDLE, tmp_path) == []


def test_a_new_certificate_is_told_and_nothing_else(tmp_path: Path) -> None:
    which = node(node_config())
    write_all(which, BUNDLE, tmp_path)
    fresh = {**BUNDLE, "cert_pem": "another\n"}
    assert write_all(which, fresh, tmp_path) == ["etc/consul.d/tls/cert.pem", "etc/nomad.d/tls/cert.pem"]


def test_a_file_with_too_much_of_a_mode_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    write_file(path, "secret")
    path.chmod(0o644)
    assert not write_file(path, "secret")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_bundle_is_asked_for_until_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    tries = tmp_path / "tries"
    command = f"""
        echo try >> {tries}
        case $(wc -l < {tries}) in
          1) echo no route >&2; exit 7 ;;
          2) echo half-a-secret ;;
          *) echo '{{"ca_pem": "x"}}' ;;
        esac"""
    assert read_bundle(command) == {"ca_pem": "x"}
    assert waits == [1.0, 2.0]
    said = capsys.readouterr().out
    assert "no route" in said
    assert "half-a-secret" not in said


def test_agents_read_anew_only_what_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(subprocess, "run", lambda argv, check: ran.append(argv))
    monkeypatch.setattr(configure, "read_node", lambda: node(node_config()))
    monkeypatch.setattr(configure, "read_bundle", lambda _: BUNDLE)
    monkeypatch.setattr(configure, "write_all", lambda which, bundle: write_all(which, bundle, tmp_path))
    configure.main()
    configure.main()
    assert ran == [["systemctl", "try-reload-or-restart", "consul", "nomad"]]
