from __future__ import annotations

from typing import Any

import pytest

from infra.clouds.local.gateway import gateway_config
from infra.clouds.local.machines import Images, gateway, node, node_config, registry
from infra.clouds.local.plan import Plan
from sre_cli.specs.shapes import PriceTable
from tests.engines import ROOT
from tests.unit.infra.clouds.local.specs import SPEC

PLAN = Plan(SPEC)
IMAGES = Images("node:1", "edge:1")
SHAPES = PriceTable.load(ROOT / "infra/clouds/local.shapes.yaml").shapes


def section(name: str) -> str:
    """One `listen` of HAProxy's configuration."""
    parts = gateway_config(PLAN).split("listen ")
    return next(part for part in parts if part.startswith(f"{name}\n"))


@pytest.mark.parametrize(
    ("door", "servers"),
    [("nomad", 3), ("consul", 3), ("api", 3), ("prometheus", 3), ("alertmanager", 3), ("registry", 1)],
)
def test_each_door_leads_to_those_who_may_serve_behind_it(door: str, servers: int) -> None:
    lines = [line for line in section(door).splitlines() if line.startswith("  server ")]
    assert len(lines) == servers
    assert all(" check" in line for line in lines)


def test_a_server_without_a_leader_gets_no_callers() -> None:
    assert "option httpchk GET /v1/agent/health?type=server" in section("nomad")
    assert "option httpchk GET /v1/status/leader" in section("consul")


def test_only_loopback_is_published() -> None:
    options = gateway(PLAN, IMAGES).options
    published = [options[i + 1] for i, word in enumerate(options) if word == "--publish"]
    assert len(published) == 6
    assert all(one.startswith("127.0.0.1:") for one in published)
    assert "127.0.0.1:4646:4646" in published
    assert not any("publish" in word for word in registry(PLAN, IMAGES).options)


def test_the_gateway_stands_in_every_zone() -> None:
    zones = {PLAN.network(zone): PLAN.address(zone, 2) for zone in SPEC.zones}
    assert gateway(PLAN, IMAGES).networks == {"local-edge": "10.77.224.2", **zones}


def test_only_another_image_or_other_doors_are_another_gateway() -> None:
    wider = SPEC.pools["workers"].model_copy(update={"max": SPEC.pools["workers"].max + 1})
    servers = SPEC.servers.model_copy(update={"count": 5})
    same: list[dict[str, Any]] = [
        {"pools": {**SPEC.pools, "workers": wider}},
        {"servers": servers},
        {"zones": [*SPEC.zones, "local-d"]},
    ]
    made = {gateway(Plan(SPEC.model_copy(update=one)), IMAGES).made_from for one in [{}, *same]}
    assert len(made) == 1
    doors = SPEC.model_copy(update={"port_offset": 1})
    others = {gateway(Plan(doors), IMAGES).made_from, gateway(PLAN, Images("node:1", "edge:2")).made_from}
    assert len(made | others) == 3


def test_a_node_stands_in_its_zone_alone_and_leaves_by_its_router() -> None:
    place = PLAN.nodes("workers")[1]
    shape = SHAPES["node-small"]
    made = node(PLAN, place, node_config(PLAN, "workers", shape), shape, IMAGES, "1")
    assert made.networks == {"local-zone-local-b": place.address}
    assert made.options[made.options.index("--add-host") + 1] == f"registry.ekyc.test:{place.router}"
    assert f"{shape.memory_mib}m" in made.options
    assert set(made.volumes) == {f"local-workers-1-{what}" for what in ("docker", "nomad", "consul")}
    assert '"availability-zone": "local-b"' in made.files["/var/lib/cloud/seed/nocloud/meta-data"]


def test_the_system_of_a_node_keeps_memory_for_itself() -> None:
    for shape in (SHAPES["node-small"], SHAPES["node-large"]):
        given = node_config(PLAN, "workers", shape).memory_mib
        assert given is not None
        assert shape.memory_mib - given >= 384


def test_servers_and_nodes_are_told_who_they_are() -> None:
    server = node_config(PLAN, None, SHAPES["server"])
    worker = node_config(PLAN, "workers", SHAPES["node-small"])
    assert (server.role, server.servers, server.pool) == ("server", 3, "")
    assert (worker.role, worker.pool, worker.roles) == ("client", "workers", ("worker",))
    assert server.retry_join == worker.retry_join == tuple(place.address for place in PLAN.servers())
