"""AWS's own engines, the entrances and what surrounds them."""

from __future__ import annotations

import json
import re
from typing import Any

from infra.policy import check
from sre_cli.specs.outputs import StackOutputs
from tests.declared import Plan
from tests.unit.infra.clouds.aws.plan import IMAGES, SPEC, planned, prod, spec_with

ON_NODES = {
    "data__postgres": {"runs_on": "nodes"},
    "data__redis": {"runs_on": "nodes"},
    "objects__fallback": {"runs_on": "nodes"},
}


def only(kind: str, plan: Plan | None = None) -> dict[str, Any]:
    """The one resource of that kind."""
    (found,) = (plan or prod()).of(kind)
    return dict(found.properties)


def test_no_policy_is_broken() -> None:
    assert check(prod().resources) == []


def test_the_database_survives_a_zone_and_a_mistake() -> None:
    database = only("aws:rds:Instance")
    assert database["multiAz"] is True
    assert database["deletionProtection"] is True
    assert database["skipFinalSnapshot"] is False
    assert database["backupRetentionPeriod"] == SPEC.data.postgres.backup_days
    assert database["publiclyAccessible"] is False
    assert only("aws:rds:SubnetGroup")["subnetIds"] == [f"aws-prod-data-{zone}-id" for zone in SPEC.zones]


def test_the_database_takes_tls_only_and_is_encrypted_with_our_key() -> None:
    database = only("aws:rds:Instance")
    assert database["storageEncrypted"] is True
    assert database["kmsKeyId"] == database["performanceInsightsKmsKeyId"] == "arn:aws:test:::aws-prod-data"
    assert only("aws:rds:ParameterGroup")["parameters"] == [{"name": "rds.force_ssl", "value": "1"}]


def test_the_databases_logs_are_made_before_it_encrypted_and_end() -> None:
    exports = only("aws:rds:Instance")["enabledCloudwatchLogsExports"]
    groups = {one.properties["name"]: one.properties for one in prod().of("aws:cloudwatch:LogGroup")}
    (logs,) = (one for one in json.loads(only("aws:kms:Key")["policy"])["Statement"] if one["Sid"] == "logs")
    lets = logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    for export in exports:
        group = groups[f"/aws/rds/instance/aws-prod-postgres/{export}"]
        assert (group["retentionInDays"], group["kmsKeyId"]) == (30, "arn:aws:test:::aws-prod-data")
    assert [one.rpartition("log-group:")[2] for one in lets] == [
        "/sre/aws-prod/*",
        "/aws/rds/instance/aws-prod-postgres/*",
    ]


def test_the_cache_fails_over_and_asks_for_a_password_over_tls() -> None:
    cache = only("aws:elasticache:ReplicationGroup")
    assert cache["automaticFailoverEnabled"] is cache["multiAzEnabled"] is True
    assert cache["transitEncryptionEnabled"] is cache["atRestEncryptionEnabled"] is True
    assert cache["numCacheClusters"] >= 2
    assert cache["authToken"]["value"] == "redis-password"


def test_the_bucket_is_private_versioned_encrypted_and_empties_itself() -> None:
    assert all(
        only("aws:s3:BucketPublicAccessBlock")[key] is True
        for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    )
    assert only("aws:s3:BucketVersioning")["versioningConfiguration"] == {"status": "Enabled"}
    (rule,) = only("aws:s3:BucketServerSideEncryptionConfiguration")["rules"]
    assert rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "aws:kms"
    (expiry,) = only("aws:s3:BucketLifecycleConfiguration")["rules"]
    assert expiry["expiration"] == {"days": SPEC.objects.fallback.expire_days}
    assert {"noncurrentVersionExpiration", "abortIncompleteMultipartUpload"} <= set(expiry)
    (denied,) = json.loads(only("aws:s3:BucketPolicy")["policy"])["Statement"]
    assert (denied["Effect"], denied["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_what_runs_on_nodes_is_not_asked_of_aws() -> None:
    plan = planned(spec_with(**ON_NODES))
    kinds = ("aws:rds:Instance", "aws:elasticache:ReplicationGroup", "aws:s3:Bucket")
    assert plan.of(*kinds) == []
    assert plan.outputs["postgres"] is plan.outputs["redis"] is plan.outputs["bucket"] is None


def test_the_api_speaks_modern_tls_with_a_proved_certificate() -> None:
    listener = prod().named("aws:lb:Listener", "aws-prod-api")
    assert (listener["protocol"], listener["sslPolicy"]) == ("HTTPS", "ELBSecurityPolicy-TLS13-1-2-2021-06")
    assert only("aws:acm:CertificateValidation")["validationRecordFqdns"]
    assert {one.properties["port"] for one in prod().of("aws:lb:Listener")} == {443, 4646, 8501}


def test_without_a_hosted_zone_tls_passes_through_to_the_ingress() -> None:
    plan = planned(spec_with(dns={"domain": "ekyc.example.com"}))
    assert plan.of("aws:acm:Certificate", "aws:route53:Record") == []
    listener = plan.named("aws:lb:Listener", "aws-prod-ingress")
    assert (listener["protocol"], listener["port"]) == ("TCP", 443)
    assert check(plan.resources) == []


def test_operators_of_private_networks_come_from_within() -> None:
    network = {"cidr": "10.20.0.0/16", "operators": ["10.99.0.0/16"]}
    plan = planned(spec_with(network=network))
    balancer = plan.named("aws:lb:LoadBalancer", "aws-prod-operators")
    assert balancer["internal"] is True
    assert balancer["subnets"] == [f"aws-prod-private-{zone}-id" for zone in SPEC.zones]


def test_public_subnets_hold_load_balancers_and_gateways_alone() -> None:
    public = {f"aws-prod-public-{zone}-id" for zone in SPEC.zones}
    holders = {one.kind for one in prod().resources if any(place in str(one.properties) for place in public)}
    assert holders == {"aws:ec2:NatGateway", "aws:ec2:RouteTableAssociation", "aws:lb:LoadBalancer"}


def test_images_are_scanned_and_stay_what_they_are() -> None:
    repositories = prod().of("aws:ecr:Repository")
    assert [one.properties["name"] for one in repositories] == [f"aws-prod/{image}" for image in IMAGES]
    for one in repositories:
        assert one.properties["imageTagMutability"] == "IMMUTABLE"
        assert one.properties["imageScanningConfiguration"] == {"scanOnPush": True}


def test_the_key_is_renewed_and_disks_of_the_groups_may_use_it() -> None:
    key = only("aws:kms:Key")
    assert key["enableKeyRotation"] is True
    disks = {one["Sid"]: one for one in json.loads(key["policy"])["Statement"]}["disks"]
    assert disks["Condition"]["StringEquals"]["kms:ViaService"] == "ec2.ap-south-1.amazonaws.com"
    assert "kms:CreateGrant" in disks["Action"]


def test_bundles_are_secrets_under_our_key() -> None:
    for one in prod().of("aws:secretsmanager:Secret"):
        assert one.properties["kmsKeyId"] == "arn:aws:test:::aws-prod-data"
        # Secrets Manager would take such an end for the six letters that it adds itself.
        assert not re.search(r"-\w{6}$", one.properties["name"])
    versions = {
        one.name: one.properties["secretString"]["value"]
        for one in prod().of("aws:secretsmanager:SecretVersion")
    }
    assert versions == {"aws-prod-server-bundle": "server-bundle", "aws-prod-client-bundle": "client-bundle"}


def test_the_budget_is_the_specs_and_its_topic_hears_of_it() -> None:
    budget = only("aws:budgets:Budget")
    assert float(budget["limitAmount"]) == SPEC.budget_usd_month
    assert len(budget["notifications"]) == 2
    assert planned(spec_with(budget_usd_month=0)).of("aws:budgets:Budget") == []


def test_outputs_are_what_every_command_reads() -> None:
    by_identity = {"ca_pem": "ca", "nomad_token": "n", "consul_token": "c"}
    read = StackOutputs.model_validate(prod().outputs | by_identity)
    workers = {"id": "aws-prod-workers", "min": 2, "max": 40, "size": SPEC.pools["workers"].start}
    assert read.pools["workers"].model_dump() == workers
    assert read.nomad_url == "https://nomad.ekyc.example.com:4646"
