"""gcp-prod made by the real engine, every request checked against Google's own description of its APIs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.stack.plan import Change
from sre_cli.errors import EngineUnavailable
from sre_cli.specs.outputs import StackExports
from tests.stacks.gcp.rig import Rig, empty_project
from tests.unit.infra.clouds.gcp.plan import PROJECT, spec_with

pytestmark = pytest.mark.engines

LOST_AFTER = 70
"""Objects that are made when the first `up` is cut short."""


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A project in which gcp-prod was brought up, though the first try was killed halfway."""
    with empty_project(tmp_path_factory.mktemp("gcp")) as rig:
        rig.project.lost_after = LOST_AFTER
        with pytest.raises(EngineUnavailable):
            rig.driver().up()
        assert len(rig.project.objects) == LOST_AFTER
        rig.project.lost_after = None
        rig.driver().up()
        yield rig


def test_the_killed_up_was_resumed_and_made_nothing_twice(rig: Rig) -> None:
    made = [one for one in rig.provider.operations if one.verb == "create"]
    lost = [one for one in made if made.count(one) > 1]
    assert len(rig.project.of("compute/network:Network")) == 1
    assert len(rig.project.of("compute/instanceGroupManager:InstanceGroupManager")) == 3
    # Those alone that were under way when the engine died, and that nobody made, were asked for again.
    assert len(rig.project.objects) == len({(one.kind, one.name) for one in made})
    assert lost


def test_a_second_up_changes_nothing(rig: Rig) -> None:
    assert rig.driver().up().changes == ()


def test_what_is_there_is_what_the_state_says(rig: Rig) -> None:
    assert rig.driver().drift().changes == ()


def test_outputs_are_complete(rig: Rig) -> None:
    exports = StackExports.model_validate(rig.driver().outputs())
    group = f"projects/{PROJECT}/regions/asia-south1/instanceGroupManagers/gcp-prod-workers"
    assert exports.pools["workers"].id == group
    assert exports.bucket == f"{PROJECT}-gcp-prod-images"
    assert set(exports.secrets) == {"postgres_password", "redis_password", "s3_access_key", "s3_secret_key"}
    assert exports.secrets["redis_password"] == "redis-auth"


def test_bundles_are_what_the_identity_made(rig: Rig) -> None:
    versions = rig.project.of("secretmanager/secretVersion:SecretVersion")
    values = {name.split("/")[3]: one["secretData"] for name, one in versions.items()}
    assert "nomad_management_token" in values["gcp-prod-server-bundle"]
    assert "nomad_management_token" not in values["gcp-prod-client-bundle"]


def test_a_new_pool_leaves_the_others_alone(rig: Rig) -> None:
    batch = {"shape": "gpu-l4-4x16", "roles": ["batch"], "min": 0, "max": 4, "spot": True}
    planned = rig.driver(spec_with(pools__batch=batch)).preview()
    assert {change.op for change in planned.changes} == {"create"}
    assert not planned.violations


def test_the_autoscalers_size_stays_and_what_was_broken_by_hand_comes_back(rig: Rig) -> None:
    group = f"projects/{PROJECT}/regions/asia-south1/instanceGroupManagers/gcp-prod-workers"
    rig.project.objects[group].inputs["targetSize"] = 9
    rule = f"projects/{PROJECT}/global/firewalls/gcp-prod-operators-servers"
    rig.project.objects[rule].inputs["sourceRanges"] = ["0.0.0.0/0"]
    deny = f"projects/{PROJECT}/global/firewalls/gcp-prod-deny"
    del rig.project.objects[deny]
    rig.driver().up()
    assert rig.project.objects[rule].inputs["sourceRanges"] == ["198.51.100.0/24"]
    assert deny in rig.project.objects
    assert rig.project.objects[group].inputs["targetSize"] == 9
    assert rig.driver().outputs()["pools"]["workers"]["size"] == 9


def test_a_database_that_grew_by_itself_is_left_as_it_is(rig: Rig) -> None:
    """Pulumi's provider replaces an instance to make its disk smaller."""
    (database,) = rig.project.of("sql/databaseInstance:DatabaseInstance").values()
    database["settings"]["diskSize"] = 300
    assert rig.driver().up().changes == ()
    assert database["settings"]["diskSize"] == 300


def test_another_shape_is_another_template_there_before_the_old_one_goes(rig: Rig) -> None:
    before = len(rig.provider.operations)
    done = rig.driver(spec_with(pools__api__shape="cpu-8x32")).up()
    assert _by_name(done.changes) == {
        "gcp:compute:RegionInstanceTemplate": "replace",
        "gcp:compute:RegionInstanceGroupManager": "update",
    }
    changed = [one for one in rig.provider.operations[before:] if one.verb != "read"]
    assert [(one.verb, one.name) for one in changed if one.verb != "invoke"] == [
        ("create", "gcp-prod-api"),
        ("update", "gcp-prod-api"),
        ("delete", "gcp-prod-api"),
    ]


def test_another_address_plan_replaces_the_subnets(rig: Rig) -> None:
    planned = rig.driver(spec_with(network__cidr="10.60.0.0/16")).preview()
    replaced = {(one.type, one.name) for one in planned.changes if one.op == "replace"}
    assert ("gcp:compute:Subnetwork", "gcp-prod-nodes") in replaced
    assert ("gcp:compute:Network", "gcp-prod-network") not in replaced


def test_destroy_stops_at_what_is_protected_and_then_leaves_nothing(rig: Rig) -> None:
    """The last but one in this file: it takes the stack down."""
    with pytest.raises(EngineUnavailable, match="protected"):
        rig.driver().destroy()
    instances: dict[str, Any] = rig.project.of("sql/databaseInstance:DatabaseInstance")
    for instance in instances.values():
        instance["settings"]["deletionProtectionEnabled"] = False
    rig.driver().destroy()
    assert rig.project.objects == {}


def test_made_again_without_a_hosted_zone_tls_passes_through(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one: a second life in a project where some names of the first are not given back."""
    monkeypatch.setenv("GOOGLE_BILLING_ACCOUNT", "0000-1111")
    spec = spec_with(
        dns={"domain": "ekyc.example.com"},
        network__clients=["203.0.113.0/24"],
        network__operators=["1.2.3.0/24"],
        data__postgres={"runs_on": "nodes"},
    )
    rig.driver(spec).up()
    assert rig.project.of("compute/targetTCPProxy:TargetTCPProxy")
    assert rig.project.of("billing/budget:Budget")
    assert rig.driver(spec).preview().changes == ()
    rig.driver(spec).destroy()
    assert rig.project.objects == {}


def _by_name(changes: tuple[Change, ...]) -> dict[str, str]:
    return {change.type: change.op for change in changes}
