"""The agents' files as they are written, compared with `tests/golden/node/`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from infra.node.layout import DYNAMIC_PORTS, PORTS, Layout
from sre_cli.specs.cluster import ClusterSpec
from tests.engines import ROOT

OFFSETS = st.integers(0, 10).map(lambda thousands: thousands * 1000)


@pytest.mark.parametrize("engine", ["consul", "nomad"])
def test_the_files_are_as_agreed(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    golden = ROOT / "tests" / "golden" / "node" / f"{engine}.hcl"
    assert Layout("blue", 2000).render(engine) == golden.read_text()


@given(OFFSETS, OFFSETS)
def test_no_two_clusters_meet_on_a_port(one: int, other: int) -> None:
    if one != other:
        assert not _all_ports(one) & _all_ports(other)


def test_an_engine_asks_for_its_own_ports_only() -> None:
    assert set(Layout("blue", 0).ports("nomad")) == {"nomad_http", "nomad_rpc", "nomad_serf"}


@pytest.mark.parametrize("offset", [-1000, 500, 11000])
def test_offsets_that_could_meet_are_refused(offset: int) -> None:
    with pytest.raises(ValidationError):
        ClusterSpec(env="blue", cloud="local", port_offset=offset)


def test_state_is_apart_for_each_environment() -> None:
    assert Layout("blue", 0).folder != Layout("green", 0).folder


def _all_ports(offset: int) -> set[int]:
    dynamic = range(DYNAMIC_PORTS[0] + offset, DYNAMIC_PORTS[1] + offset + 1)
    # PostgreSQL, RabbitMQ with its three others, the object store, the API.
    jobs = {5432, 5672, 5673, 5674, 5692, 7070, 8000}
    return {port + offset for port in jobs | set(PORTS.values())} | set(dynamic)
