from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from infra.clouds.local import preflight
from infra.clouds.local.listeners import check_free
from infra.clouds.local.preflight import check_room
from sre_cli.errors import EngineUnavailable, UsageError
from sre_cli.specs.cluster import ClusterSpec
from tests.unit.infra.clouds.local.conftest import Engine
from tests.unit.infra.clouds.local.specs import SPEC

HEAD = "Iface Destination Gateway Flags RefCnt Use Metric Mask\n"
DEFAULT = "eth0 00000000 0100000A 0003 0 0 0 00000000\n"
# 10.77.32.0/20, as this kernel writes it.
ZONE_B = "br-1 00204D0A 00000000 0001 0 0 0 00F0FFFF\n"


@pytest.fixture(autouse=True)
def routes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    table = tmp_path / "route"
    table.write_text(HEAD + DEFAULT)
    monkeypatch.setattr(preflight, "ROUTES", table)
    return table


def network(name: str, subnet: str, env: str | None = None) -> dict[str, Any]:
    return {
        "Name": name,
        "Labels": {"sre.env": env} if env else None,
        "IPAM": {"Config": [{"Subnet": subnet}]},
    }


def test_its_own_networks_are_no_obstacle(engine: Engine, routes: Path) -> None:
    routes.write_text(HEAD + DEFAULT + ZONE_B)
    engine.answers("network ls", "local-zone-local-b")
    engine.has("network", network("local-zone-local-b", "10.77.32.0/20", env="local"))
    check_room(SPEC)


def test_another_environments_network_is_named(engine: Engine) -> None:
    engine.answers("network ls", "other")
    engine.has("network", network("other", "10.77.0.0/24", env="blue"), network("six", "fd00::/64"))
    with pytest.raises(
        UsageError, match=r"10.77.0.0/16 of local overlaps Docker's network other \(10.77.0.0/24\)"
    ):
        check_room(SPEC)


def test_a_route_of_this_machine_is_named(engine: Engine, routes: Path) -> None:
    routes.write_text(HEAD + DEFAULT + ZONE_B)
    with pytest.raises(UsageError, match=r"this machine's route to 10.77.32.0/20"):
        check_room(SPEC)


@pytest.mark.parametrize(
    "spec",
    [
        SPEC.model_copy(
            update={"network": SPEC.network.model_copy(update={"cidr": IPv4Network("10.90.0.0/16")})}
        ),
        SPEC.model_copy(update={"zones": ["local-b", "local-a", "local-c"]}),
        SPEC.model_copy(update={"zones": ["local-a", "renamed", "local-c"]}),
    ],
)
def test_a_cluster_that_stands_does_not_move(engine: Engine, spec: ClusterSpec) -> None:
    engine.answers("network ls", "local-zone-local-b")
    engine.has("network", network("local-zone-local-b", "10.77.32.0/20", env="local"))
    with pytest.raises(UsageError, match=r"local-zone-local-b stands at 10.77.32.0/20"):
        check_room(spec)


def test_a_zone_may_be_appended_and_the_last_one_taken_away(engine: Engine) -> None:
    engine.answers("network ls", "both")
    zones = {"local-zone-local-b": "10.77.32.0/20", "local-zone-gone": "10.77.96.0/20"}
    engine.has("network", *(network(name, net, env="local") for name, net in zones.items()))
    check_room(SPEC)


def test_an_engine_on_another_machine_is_refused(engine: Engine) -> None:
    for here in ("unix:///var/run/docker.sock", "tcp://127.0.0.1:2375"):
        engine.answers("context inspect", f"{here}\n")
        check_room(SPEC)
    engine.answers("context inspect", "ssh://me@big-machine\n")
    with pytest.raises(UsageError, match="ssh://me@big-machine is on another machine"):
        check_room(SPEC)


@pytest.mark.parametrize("runs", [True, False])
def test_its_own_ports_are_no_obstacle_while_it_has_them(engine: Engine, held: int, runs: bool) -> None:
    spec = SPEC.model_copy(update={"port_offset": held - 4646})
    own = {"4646/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(held)}]}
    engine.has("container", {"State": {"Running": runs}, "HostConfig": {"PortBindings": own}})
    if runs:
        check_room(spec)
    else:
        with pytest.raises(EngineUnavailable, match=rf"port {held} \(nomad\)"):
            check_room(spec)


@pytest.fixture
def held() -> Iterator[int]:
    """A port that this process listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_told_with_its_holder(engine: Engine, held: int) -> None:
    said = rf"port {held} \(nomad\) is in use by process {os.getpid()}"
    with pytest.raises(EngineUnavailable, match=said):
        check_free({"nomad": held}, hint="h")


def test_a_port_that_docker_publishes_is_told_with_the_container(engine: Engine, held: int) -> None:
    engine.answers("ps --filter", "blue-gateway\n")
    with pytest.raises(EngineUnavailable, match="in use by the container blue-gateway"):
        check_free({"nomad": held}, hint="h")
    assert engine.told() == [f"ps --filter publish={held} --format {{{{.Names}}}}"]


def test_a_free_port_is_free(engine: Engine) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        check_free({"nomad": bound.getsockname()[1]}, hint="h")
