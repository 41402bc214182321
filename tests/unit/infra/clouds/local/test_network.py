from __future__ import annotations

import pytest

from infra.clouds.local import network
from sre_cli.errors import EngineUnavailable
from tests.unit.infra.clouds.local.conftest import Engine

FOUND = {
    "Labels": {"sre.env": "blue"},
    "IPAM": {"Config": [{"Subnet": "10.0.0.0/20"}]},
    "Containers": {"id": {"Name": "blue-core-0"}},
}


def test_one_that_is_right_is_taken(engine: Engine) -> None:
    engine.has("network", FOUND)
    network.create("blue-zone-a", "blue", "10.0.0.0/20", is_routed=True)
    assert engine.told("network create", "network rm") == []


def test_one_with_other_addresses_is_made_anew(engine: Engine) -> None:
    engine.has("network", FOUND)
    network.create("blue-zone-a", "blue", "10.1.0.0/20", is_routed=True)
    said = engine.told("network disconnect", "network rm", "network create")
    assert [line.split()[1] for line in said] == ["disconnect", "rm", "create"]


def test_only_the_edge_translates_addresses(engine: Engine) -> None:
    network.create("blue-zone-a", "blue", "10.0.0.0/20", is_routed=True)
    network.create("blue-edge", "blue", "10.0.32.0/20", is_routed=False)
    zone, edge = engine.told("network create")
    assert "enable_ip_masquerade=false" in zone
    assert "masquerade" not in edge
    assert "--label sre.env=blue" in zone


def test_somebody_elses_network_is_left_alone(engine: Engine) -> None:
    engine.has("network", FOUND | {"Labels": {"sre.env": "blue-zone"}})
    with pytest.raises(EngineUnavailable, match="blue-zone-a does not belong to blue"):
        network.create("blue-zone-a", "blue", "10.1.0.0/20", is_routed=True)
    network.remove("blue-zone-a", "blue")
    assert engine.told("network disconnect", "network rm", "network create") == []
