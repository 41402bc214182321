"""What is asked of a cloud, and when, around Pulumi."""

from __future__ import annotations

from typing import Any

import pytest

from infra import lifecycle
from infra.lifecycle import Environment
from infra.stack.plan import Change, Plan
from sre_cli.errors import EngineUnavailable, Refused, UsageError
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.paths import state_dir
from tests.engines import ROOT

SPEC = ClusterSpec.load(ROOT / "stacks/clusters/local.yaml")


class Full:
    """A cloud with machines of an earlier life, and no room for more."""

    def prepare(self, spec: ClusterSpec) -> None:
        """Nothing is needed."""

    def build(self, *_: Any) -> dict[str, Any]:
        return {}

    def remains(self, spec: ClusterSpec) -> list[str]:
        return ["local-server-0"]

    def sweep(self, spec: ClusterSpec) -> None:
        """There is nothing."""

    def make_room(self, spec: ClusterSpec) -> None:
        raise UsageError("no room")


class Roomy(Full):
    """The same with room."""

    def make_room(self, spec: ClusterSpec) -> None:
        """There is."""


class Engine:
    """Pulumi, with a plan of the test's."""

    plan = Plan("local", (Change("create", "local:Zone", "a"),), 0)

    def __init__(self, *_: Any):
        self.applied = False

    def preview(self) -> Plan:
        return self.plan

    def up(self) -> Plan:
        raise AssertionError("applied")

    def destroy(self) -> Plan:
        return Plan("local", (), 0)


def environment(monkeypatch: pytest.MonkeyPatch, cloud: Full) -> Environment:
    monkeypatch.setattr(lifecycle, "load_cloud", lambda _: cloud)
    monkeypatch.setattr(lifecycle, "Driver", Engine)
    return Environment(SPEC)


def test_a_machine_without_room_makes_nothing_but_removes(monkeypatch: pytest.MonkeyPatch) -> None:
    full = environment(monkeypatch, Full())
    for make in (full.preview, full.up):
        with pytest.raises(UsageError, match="no room"):
            make()
    state_dir("local").mkdir(parents=True)
    full.destroy()
    assert not state_dir("local").exists()


def test_a_state_that_cannot_be_read_is_told_how_to_be_rid_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Engine) -> Plan:
        raise EngineUnavailable("another passphrase", hint="set it")

    gone = environment(monkeypatch, Roomy())
    monkeypatch.setattr(Engine, "destroy", fail)
    with pytest.raises(EngineUnavailable, match="another passphrase") as told:
        gone.destroy()
    assert told.value.hint == f"set it; or, as its machines are gone already: rm -rf '{state_dir('local')}'"


def test_a_cluster_whose_state_is_lost_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match=r"local stands, but .* does not know it") as refused:
        environment(monkeypatch, Roomy()).up()
    assert refused.value.detail == "local-server-0"
    assert refused.value.hint
    assert "sre infra destroy local" in refused.value.hint


@pytest.mark.parametrize(
    "plan",
    [
        Plan("local", (Change("create", "local:Zone", "a"),), unchanged=1),
        Plan("local", (Change("create", "local:Zone", "a"), Change("update", "local:Zone", "b")), 0),
        Plan("local", (), 0),
    ],
)
def test_one_that_the_state_knows_is_healed(monkeypatch: pytest.MonkeyPatch, plan: Plan) -> None:
    monkeypatch.setattr(Engine, "plan", plan)
    with pytest.raises(AssertionError, match="applied"):
        environment(monkeypatch, Roomy()).up()
