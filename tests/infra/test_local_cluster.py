"""`sre infra` on a real three-zone cluster: healed, resized, cut in two, killed, gone without a trace.

The tests share one cluster and leave it healthy; the last one removes it.
"""

from __future__ import annotations

import json
import os
import signal
import ssl
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.clouds.local.gateway import CONFIG
from infra.clouds.local.plan import Plan
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.outputs import Outputs
from sre_cli.specs.paths import state_dir
from tests.engines import ROOT, SRE, ask_nomad, docker, require_engines, sre

pytestmark = pytest.mark.engines

FILE = "tests/infra/infra-test.yaml"
SPEC = ClusterSpec.load(ROOT / FILE)
ENV = SPEC.env
GATEWAY, SERVER, NODE = f"{ENV}-gateway", f"{ENV}-server-1", f"{ENV}-nodes-0"
DRIFTED = 3
CALLERS = 4


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outputs]:
    require_engines()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        sre("infra", "destroy", FILE, "--yes")
        sre("infra", "up", FILE)
        yield Outputs.load(ENV)
        sre("infra", "destroy", FILE, "--yes", check=False)


def up(file: str = FILE) -> list[dict[str, Any]]:
    """Bring the cluster up; what had to be changed."""
    changes: list[dict[str, Any]] = json.loads(sre("infra", "up", file, "--json").stdout)["changes"]
    return changes


def labelled(kind: str) -> list[str]:
    """The containers, networks or volumes of the environment, stopped ones too."""
    every = ["--all"] if kind == "container" else []
    return docker(kind, "ls", *every, "--quiet", "--filter", f"label=sre.env={ENV}")


def reaches(node: str, address: str) -> bool:
    """Whether a connection from the node to the address's Nomad is made."""
    connect = f"exec 3<>/dev/tcp/{address}/4646"
    words = ["docker", "exec", node, "timeout", "3", "bash", "-c", connect]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def status(outputs: Outputs, url: str) -> int:
    """What one without a token is answered; 0 is no answer."""
    trust = ssl.create_default_context(cafile=str(outputs.ca_file))
    try:
        return httpx.get(url, verify=trust, trust_env=False, timeout=5).status_code
    except httpx.HTTPError:
        return 0


@contextmanager
def called(outputs: Outputs, url: str) -> Iterator[list[int]]:
    """All the while some ask `url`, over a new connection each time; what they are answered."""
    answers: list[int] = []
    over = threading.Event()

    def call() -> None:
        while not over.wait(0.05):
            answers.append(status(outputs, url))

    with ThreadPoolExecutor(CALLERS) as callers:
        calls = [callers.submit(call) for _ in range(CALLERS)]
        try:
            yield answers
        finally:
            over.set()
    for one in calls:
        one.result()


@contextmanager
def answering(*nodes: str) -> Iterator[str]:
    """A server on each of the nodes, behind the gateway's door `api`; the address of that door."""
    serve = ("python3", "-m", "http.server", "8443", "--directory", "/srv", "--protocol", "HTTP/1.1")
    for node in nodes:
        docker("exec", node, "systemd-run", "--unit", "answers", *serve)
    try:
        yield f"127.0.0.1:{Plan(SPEC).published('api')}"
    finally:
        for node in nodes:
            docker("exec", node, "systemctl", "stop", "answers")


def ready_nodes(outputs: Outputs) -> set[str]:
    """The clients that take jobs. One that has just gone stays `ready` until its heartbeat is missed."""
    nodes = ask_nomad(outputs, "/v1/nodes")
    takes_jobs = ("ready", "eligible")
    return {node["Name"] for node in nodes if (node["Status"], node["SchedulingEligibility"]) == takes_jobs}


def eventually(is_so: Callable[[], bool], deadline_s: float = 180) -> bool:
    """Whether it comes to be so in time."""
    until = time.monotonic() + deadline_s
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.5)
    return True


def test_nobody_reaches_nomad_or_consul_without_a_token(cluster: Outputs) -> None:
    for path in ("/v1/jobs", "/v1/nodes", "/v1/var/nomad/jobs/api"):
        assert status(cluster, f"{cluster.nomad_url}{path}") == httpx.codes.FORBIDDEN
    assert status(cluster, f"{cluster.consul_url}/v1/kv/x") == httpx.codes.FORBIDDEN
    assert stat.S_IMODE(cluster.nomad_token_file.stat().st_mode) == 0o600
    assert cluster.nomad_token() not in Outputs.path(ENV).read_text()


def test_three_servers_in_three_zones_and_every_node_ready(cluster: Outputs) -> None:
    peers = ask_nomad(cluster, "/v1/operator/raft/configuration")["Servers"]
    places = {f"{place.address}:4647" for place in Plan(SPEC).servers()}
    assert {peer["Address"] for peer in peers if peer["Voter"]} == places
    assert ready_nodes(cluster) == {f"{ENV}-nodes-0", f"{ENV}-nodes-1"}


def test_up_again_changes_nothing(cluster: Outputs) -> None:
    assert up() == []
    assert sre("infra", "drift", FILE, check=False).returncode == 0


def test_what_was_broken_by_hand_is_healed(cluster: Outputs) -> None:
    zone = Plan(SPEC).network("zone-b")
    docker("rm", "--force", SERVER)
    docker("stop", "--time", "0", f"{ENV}-nodes-1")
    docker("exec", NODE, "systemctl", "stop", "consul")
    docker("network", "disconnect", zone, GATEWAY)
    drift = sre("infra", "drift", FILE, check=False)
    assert drift.returncode == DRIFTED
    for broken in (SERVER, f"{ENV}-nodes-1", NODE, GATEWAY):
        assert broken in drift.stdout
    assert {change["name"] for change in up()} >= {SERVER, f"{ENV}-nodes-1", NODE, GATEWAY}
    assert ready_nodes(cluster) == {f"{ENV}-nodes-0", f"{ENV}-nodes-1"}
    assert docker("exec", NODE, "systemctl", "is-active", "consul") == ["active"]
    assert reaches(SERVER, Plan(SPEC).servers()[0].address)
    assert up() == []


def test_a_node_made_anew_finds_its_disk(cluster: Outputs) -> None:
    docker("exec", NODE, "touch", "/var/lib/docker/kept")
    [before] = [node["ID"] for node in ask_nomad(cluster, "/v1/nodes") if node["Name"] == NODE]
    docker("rm", "--force", NODE)
    assert up() != []
    docker("exec", NODE, "test", "-e", "/var/lib/docker/kept")
    assert before in {node["ID"] for node in ask_nomad(cluster, "/v1/nodes") if node["Status"] == "ready"}


def test_a_zone_that_is_cut_off_stands_alone_until_it_is_joined_again(cluster: Outputs) -> None:
    first, second, _ = Plan(SPEC).servers()
    assert reaches(first.name, second.address)
    docker("network", "disconnect", second.network, GATEWAY)
    try:
        assert not reaches(first.name, second.address)
        assert not reaches(second.name, first.address)
        # Who is left has a majority, and answers through the same door.
        leader = f"{cluster.nomad_url}/v1/status/leader"
        assert eventually(lambda: status(cluster, leader) == httpx.codes.OK)
    finally:
        docker("network", "connect", "--ip", second.router, second.network, GATEWAY)
    assert eventually(lambda: reaches(second.name, first.address))
    assert up() == []


def test_a_pool_grows_and_shrinks_and_up_leaves_its_size_alone(cluster: Outputs) -> None:
    grown = f"{ENV}-nodes-2"
    sre("infra", "resize", FILE, "nodes", "3")
    assert grown in ready_nodes(cluster)
    assert up() == []
    [gone] = [node for node in ask_nomad(cluster, "/v1/nodes") if node["Name"] == grown]
    sre("infra", "resize", FILE, "nodes", "2")
    assert grown not in ready_nodes(cluster)
    # It drained before it went: nobody else's drain is its own.
    drain = ask_nomad(cluster, f"/v1/node/{gone['ID']}")["LastDrain"]
    assert (drain["Status"], drain["AccessorID"]) == ("complete", f"client:{gone['ID']}")
    assert not [name for name in docker("volume", "ls", "--quiet") if name.startswith(grown)]
    assert up() == []


def test_a_gateway_changed_by_hand_or_by_the_spec_is_mended_with_its_doors_open(
    cluster: Outputs, tmp_path: Path
) -> None:
    wider = tmp_path / f"{ENV}.yaml"
    more = (ROOT / FILE).read_text().replace("max: 3", "max: 4").replace("zone-c]", "zone-c, zone-d]")
    wider.write_text(more)
    which = ("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", GATEWAY)
    before = docker(*which)
    docker("exec", GATEWAY, "sed", "-i", "$a # by hand", CONFIG)
    assert GATEWAY in sre("infra", "drift", FILE, check=False).stdout
    with answering(NODE, f"{ENV}-nodes-1") as door:
        url = f"http://{door}/"
        assert eventually(lambda: status(cluster, url) == httpx.codes.OK)
        kept = HTTPConnection(door, timeout=10)
        kept.connect()
        kept.auto_open = False
        with called(cluster, url) as answers:
            changes = up(str(wider))
            config, attached = docker("exec", GATEWAY, "cat", CONFIG), docker("inspect", GATEWAY)
            back = up()
        kept.request("GET", "/")
        assert kept.getresponse().status == httpx.codes.OK
    assert len(answers) > 100
    assert set(answers) == {httpx.codes.OK}
    assert docker(*which) == before
    assert any(f"{ENV}-nodes-3" in line for line in config)
    assert "# by hand" not in config
    assert any(f"{ENV}-zone-zone-d" in line for line in attached)
    for done in (changes, back):
        assert [one["op"] for one in done if one["name"] == GATEWAY] == ["update"]
    assert up() == []


@pytest.mark.parametrize("size", ["0", "4"])
def test_a_size_beyond_the_spec_is_refused(cluster: Outputs, size: str) -> None:
    refused = sre("infra", "resize", FILE, "nodes", size, check=False)
    assert refused.returncode == 2
    assert "is not within 1 to 3" in refused.stderr


def test_a_killed_up_is_gone_on_with(cluster: Outputs) -> None:
    docker("rm", "--force", SERVER, f"{ENV}-nodes-1")
    with subprocess.Popen(
        [SRE, "infra", "up", FILE],
        cwd=ROOT,
        env=os.environ,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as killed:
        assert eventually(lambda: len(labelled("container")) >= 6, deadline_s=300)
        os.killpg(killed.pid, signal.SIGKILL)
    up()
    assert ready_nodes(cluster) == {f"{ENV}-nodes-0", f"{ENV}-nodes-1"}
    assert up() == []


def test_destroy_leaves_nothing_even_of_what_the_stack_does_not_know(cluster: Outputs) -> None:
    docker("volume", "create", "--label", f"sre.env={ENV}", f"{ENV}-stray")
    assert labelled("container")
    sre("infra", "destroy", FILE, "--yes")
    for kind in ("container", "network", "volume"):
        assert labelled(kind) == []
    assert not Path(state_dir(ENV)).exists()
