"""Managed engines, secrets, entrances and the stack as a whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.clouds.gcp import CLOUD
from infra.clouds.gcp.services import needed
from infra.node.sre_node.facts import Node
from infra.node.sre_node.log_config import log_config
from infra.policy import check
from sre_cli.errors import SpecError, UsageError
from sre_cli.specs.cluster import ClusterSpec
from tests.unit.infra.clouds.gcp.plan import KEY, SPEC, planned, prod, spec_with

GOLDEN = Path("tests/golden/stacks/gcp-prod.json")
VARIANTS = {
    "prod": SPEC,
    "own-dns": spec_with(dns={"domain": "ekyc.example.com"}, network__clients=["203.0.113.0/24"]),
    "few-callers": spec_with(network__clients=["203.0.113.0/24"]),
    "operators-abroad": spec_with(network__operators=["1.2.3.0/24"]),
    "engines-on-nodes": spec_with(data__postgres={"runs_on": "nodes"}, data__redis={"runs_on": "nodes"}),
}


def test_urns_stay_as_they_are() -> None:
    """A URN that changes is a resource that is made anew."""
    assert [urn.split("::", 2)[2] for urn in prod().urns] == json.loads(GOLDEN.read_text())


@pytest.mark.parametrize("spec", VARIANTS.values(), ids=VARIANTS)
def test_every_policy_holds(spec: ClusterSpec) -> None:
    assert [str(one) for one in check(planned(spec).resources)] == []


def test_every_resource_of_googles_is_a_child_of_a_component() -> None:
    ours = [one for one in prod().resources if one.type.startswith("gcp:")]
    assert all("sre:gcp:" in one.parent for one in ours)


def test_the_database_survives_a_zone_a_mistake_and_an_eavesdropper() -> None:
    database = prod().named("gcp:sql:DatabaseInstance", "gcp-prod-postgres")
    settings = database["settings"]
    assert database["encryptionKeyName"] == KEY
    assert settings["availabilityType"] == "REGIONAL"
    assert settings["deletionProtectionEnabled"] is True
    assert settings["backupConfiguration"]["pointInTimeRecoveryEnabled"] is True
    assert settings["ipConfiguration"]["ipv4Enabled"] is False
    assert settings["ipConfiguration"]["sslMode"] == "ENCRYPTED_ONLY"


def test_what_lies_in_the_database_goes_with_the_instance_alone() -> None:
    """A `destroy` that the instance's guard stops has removed everything that depends on it."""
    for kind in ("gcp:sql:Database", "gcp:sql:User"):
        assert prod().named(kind, "gcp-prod-postgres")["deletionPolicy"] == "ABANDON"


def test_redis_has_a_replica_elsewhere_a_password_and_tls() -> None:
    redis = prod().named("gcp:redis:Instance", "gcp-prod-redis")
    assert redis["tier"] == "STANDARD_HA"
    assert redis["locationId"] != redis["alternativeLocationId"]
    assert (redis["authEnabled"], redis["transitEncryptionMode"]) == (True, "SERVER_AUTHENTICATION")
    assert redis["customerManagedKey"] == KEY


def test_the_bucket_is_closed_encrypted_and_forgets() -> None:
    bucket = prod().named("gcp:storage:Bucket", "gcp-prod-images")
    assert bucket["publicAccessPrevention"] == "enforced"
    assert bucket["uniformBucketLevelAccess"] is True
    assert bucket["encryption"] == {"defaultKmsKeyName": KEY}
    assert bucket["versioning"] == {"enabled": True}
    ages = [rule["condition"].get("age") for rule in bucket["lifecycleRules"]]
    assert SPEC.objects.fallback.expire_days in ages


def test_a_role_reads_its_own_bundle_alone() -> None:
    grants = prod().of("gcp:secretmanager:SecretIamMember")
    assert {(one.properties["secretId"], one.properties["member"]) for one in grants} == {
        ("gcp-prod-server-bundle", "serviceAccount:gcp-prod-server@test"),
        ("gcp-prod-client-bundle", "serviceAccount:gcp-prod-client@test"),
    }
    versions = prod().of("gcp:secretmanager:SecretVersion")
    # The engine's mark of a secret.
    assert all("4dabf18193072939515e22adb298388d" in one.properties["secretData"] for one in versions)


def test_logs_are_told_by_what_fluent_bit_says_of_the_machine() -> None:
    """The journal's own field, given to what jobs print as well: no label has the machine's name."""
    sink = prod().named("gcp:logging:ProjectSink", "gcp-prod-logs")["filter"]
    assert '(resource.type=gce_instance AND jsonPayload.HOSTNAME:"gcp-prod-")' in sink
    node = Node(
        {"cloud": "gcp", "env": "gcp-prod"},
        "7",
        "asia-south1-a",
        "asia-south1",
        "gcp-prod-api-x1y2",
        "10.30.0.2",
    )
    assert "Strip_Underscores On" in log_config(node)
    assert "Record HOSTNAME gcp-prod-api-x1y2" in log_config(node)
    assert "resource gce_instance" in log_config(node)


def test_accounts_may_no_more_than_ship_logs_and_find_the_servers() -> None:
    granted = {str(one.properties["role"]) for one in prod().of("gcp:projects:IAMMember")}
    assert granted == {"roles/logging.logWriter", "gcp-prod-join"}
    join = prod().named("gcp:projects:IAMCustomRole", "gcp-prod-join")
    assert join["permissions"] == ["compute.instances.list", "compute.zones.list"]


def test_callers_are_let_in_by_the_load_balancer_where_the_spec_limits_them() -> None:
    policy = planned(VARIANTS["few-callers"]).named("gcp:compute:RegionSecurityPolicy", "gcp-prod-callers")
    assert [rule["action"] for rule in policy["rules"]] == ["allow", "deny(403)"]
    assert prod().of("gcp:compute:RegionSecurityPolicy") == []


def test_tls_ends_in_the_region_with_googles_certificate() -> None:
    assert prod().named("gcp:compute:RegionSslPolicy", "gcp-prod-api")["minTlsVersion"] == "TLS_1_2"
    certificate = prod().named("gcp:certificatemanager:Certificate", "gcp-prod-api")
    assert certificate["managed"]["domains"] == ["ekyc.example.com"]
    record = prod().named("gcp:dns:RecordSet", "gcp-prod-api")
    assert (record["managedZone"], record["rrdatas"]) == ("example-zone", ["203.0.113.7"])


def test_only_what_is_asked_for_is_made() -> None:
    bare = planned(VARIANTS["engines-on-nodes"])
    kinds = {one.kind for one in bare.resources}
    assert not kinds & {"gcp:sql:DatabaseInstance", "gcp:redis:Instance", "gcp:servicenetworking:Connection"}
    assert "sqladmin" not in needed(VARIANTS["engines-on-nodes"])
    assert "sqladmin" in needed(SPEC)
    assert bare.outputs["postgres"] is None


def test_a_zone_that_is_not_there_is_named() -> None:
    spec = spec_with(dns={"domain": "ekyc.example.org", "hosted_zone": "example.org"})
    with pytest.raises(SpecError, match="no public zone"):
        planned(spec)


def test_prepare_asks_for_a_project(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError) as error:
        CLOUD.prepare(SPEC)
    assert error.value.hint == "export GOOGLE_PROJECT=<project id>"


def test_prepare_refuses_names_that_google_would() -> None:
    with pytest.raises(SpecError, match="env"):
        CLOUD.prepare(spec_with(env="a-name-that-is-much-too-long"))


def test_a_budget_is_made_where_somebody_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_BILLING_ACCOUNT", "0000-1111")
    budget = planned().named("gcp:billing:Budget", "gcp-prod-budget")
    assert budget["amount"]["specifiedAmount"]["units"] == "10000"
    assert "billingbudgets" in needed(SPEC)
    assert prod().of("gcp:billing:Budget") == []
