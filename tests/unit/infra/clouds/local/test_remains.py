from __future__ import annotations

from infra.clouds.local.remains import sweep
from tests.unit.infra.clouds.local.conftest import Engine


def test_everything_that_carries_the_label_goes(engine: Engine) -> None:
    engine.answers("container ls", "blue-core-0\n")
    engine.answers("network ls", "blue-edge\n")
    engine.answers("volume ls", "blue-core-0-data\n")
    engine.has("network", {"Labels": {"sre.env": "blue"}, "Containers": {}})
    sweep("blue")
    assert engine.told("container rm", "network rm", "volume rm") == [
        "container rm --force --volumes blue-core-0",
        "network rm blue-edge",
        "volume rm --force blue-core-0-data",
    ]
    assert all(
        "label=sre.env=blue" in line for line in engine.told("container ls", "network ls", "volume ls")
    )


def test_where_nothing_is_left_nothing_is_done(engine: Engine) -> None:
    sweep("blue")
    assert engine.told("container rm", "network rm", "volume rm") == []
