"""Managed databases and caches."""

from __future__ import annotations

from moto.elasticache.models import elasticache_backends

from tests.stacks.aws.moto_provider.kind import Aws, Facts, Kind, Wanted
from tests.stacks.aws.moto_provider.validation import check_call
from tests.stacks.provider import Properties

DATABASE = {
    "identifier": "DBInstanceIdentifier",
    "instanceClass": "DBInstanceClass",
    "dbName": "DBName",
    "username": "MasterUsername",
    "password": "MasterUserPassword",
    "multiAz": "MultiAZ",
    "dbSubnetGroupName": "DBSubnetGroupName",
    "parameterGroupName": "DBParameterGroupName",
    "enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
    "performanceInsightsEnabled": "EnablePerformanceInsights",
    "performanceInsightsKmsKeyId": "PerformanceInsightsKMSKeyId",
}
"""Where AWS's name is another than ours."""
SAME = (
    "engine", "engineVersion", "allocatedStorage", "maxAllocatedStorage", "storageType", "storageEncrypted",
    "kmsKeyId", "port", "publiclyAccessible", "vpcSecurityGroupIds", "backupRetentionPeriod",
    "copyTagsToSnapshot", "deletionProtection", "autoMinorVersionUpgrade",
)  # fmt: skip
CACHE = (
    "replicationGroupId", "engine", "engineVersion", "numCacheClusters", "automaticFailoverEnabled",
    "atRestEncryptionEnabled", "transitEncryptionEnabled", "kmsKeyId", "authToken", "port",
    "securityGroupIds", "snapshotRetentionLimit", "autoMinorVersionUpgrade",
)  # fmt: skip


def _create_database(aws: Aws, wanted: Wanted) -> str:
    renamed = {theirs: wanted[ours] for ours, theirs in DATABASE.items()}
    aws.rds.create_db_instance(**renamed, **wanted.sent(*SAME), Tags=wanted.tags())
    return str(renamed["DBInstanceIdentifier"])


def _update_database(aws: Aws, identity: str, old: Properties, wanted: Wanted) -> None:
    names = {"allocatedStorage": "AllocatedStorage", **DATABASE}
    changed = {
        names[key]: wanted[key]
        for key in ("allocatedStorage", "instanceClass")
        if wanted[key] != old.get(key)
    }
    aws.rds.modify_db_instance(DBInstanceIdentifier=identity, ApplyImmediately=True, **changed)


def _read_database(aws: Aws, identity: str) -> Facts:
    (found,) = aws.rds.describe_db_instances(DBInstanceIdentifier=identity)["DBInstances"]
    return {
        "address": found["Endpoint"]["Address"],
        "multiAz": found["MultiAZ"],
        "instanceClass": found["DBInstanceClass"],
        "storageEncrypted": found["StorageEncrypted"],
    }


def _delete_database(aws: Aws, identity: str, inputs: Properties) -> None:
    aws.rds.delete_db_instance(
        DBInstanceIdentifier=identity,
        SkipFinalSnapshot=inputs["skipFinalSnapshot"],
        FinalDBSnapshotIdentifier=inputs["finalSnapshotIdentifier"],
    )


def _create_database_subnets(aws: Aws, wanted: Wanted) -> str:
    aws.rds.create_db_subnet_group(
        DBSubnetGroupName=wanted["name"],
        DBSubnetGroupDescription=wanted["description"],
        **wanted.sent("subnetIds"),
        Tags=wanted.tags(),
    )
    return str(wanted["name"])


def _read_database_subnets(aws: Aws, identity: str) -> Facts:
    (found,) = aws.rds.describe_db_subnet_groups(DBSubnetGroupName=identity)["DBSubnetGroups"]
    return {"name": identity, "subnetIds": [one["SubnetIdentifier"] for one in found["Subnets"]]}


def _create_parameters(aws: Aws, wanted: Wanted) -> str:
    aws.rds.create_db_parameter_group(
        DBParameterGroupName=wanted["name"],
        DBParameterGroupFamily=wanted["family"],
        Description=wanted["description"],
        Tags=wanted.tags(),
    )
    parameters = [
        {"ParameterName": one["name"], "ParameterValue": one["value"], "ApplyMethod": "immediate"}
        for one in wanted["parameters"]
    ]
    aws.rds.modify_db_parameter_group(DBParameterGroupName=wanted["name"], Parameters=parameters)
    return str(wanted["name"])


def _read_parameters(aws: Aws, identity: str) -> Facts:
    (found,) = aws.rds.describe_db_parameter_groups(DBParameterGroupName=identity)["DBParameterGroups"]
    return {"name": identity, "family": found["DBParameterGroupFamily"]}


def _create_cache(aws: Aws, wanted: Wanted) -> str:
    aws.elasticache.create_replication_group(
        ReplicationGroupDescription=wanted["description"],
        CacheNodeType=wanted["nodeType"],
        MultiAZEnabled=wanted["multiAzEnabled"],
        CacheSubnetGroupName=wanted["subnetGroupName"],
        **wanted.sent(*CACHE),
        Tags=wanted.tags(),
    )
    return str(wanted["replicationGroupId"])


def _read_cache(aws: Aws, identity: str) -> Facts:
    (found,) = aws.elasticache.describe_replication_groups(ReplicationGroupId=identity)["ReplicationGroups"]
    endpoint = found["NodeGroups"][0]["PrimaryEndpoint"]["Address"]
    return {"primaryEndpointAddress": endpoint, "atRestEncryptionEnabled": found["AtRestEncryptionEnabled"]}


def _delete_cache(aws: Aws, identity: str, _: Properties) -> None:
    aws.elasticache.delete_replication_group(ReplicationGroupId=identity)
    # The emulator's would be on its way out for ever.
    account = aws.sts.get_caller_identity()["Account"]
    region = aws.elasticache.meta.region_name
    del elasticache_backends[account][region].replication_groups[identity]


def _create_cache_subnets(aws: Aws, wanted: Wanted) -> str:
    aws.elasticache.create_cache_subnet_group(
        CacheSubnetGroupName=wanted["name"],
        CacheSubnetGroupDescription=wanted["description"],
        **wanted.sent("subnetIds"),
        Tags=wanted.tags(),
    )
    return str(wanted["name"])


def _delete_cache_subnets(aws: Aws, identity: str, _: Properties) -> None:
    check_call("elasticache", "DeleteCacheSubnetGroup", {"CacheSubnetGroupName": identity})


def _read_cache_subnets(aws: Aws, identity: str) -> Facts:
    call = aws.elasticache.describe_cache_subnet_groups(CacheSubnetGroupName=identity)
    (found,) = call["CacheSubnetGroups"]
    return {"name": identity, "subnetIds": [one["SubnetIdentifier"] for one in found["Subnets"]]}


KINDS = {
    "aws:rds/instance:Instance": Kind(
        _create_database,
        _read_database,
        _delete_database,
        _update_database,
        replaces=("identifier", "engine", "username", "dbSubnetGroupName", "kmsKeyId"),
        ours=("skipFinalSnapshot", "finalSnapshotIdentifier"),
        name_key="identifier",
    ),
    "aws:rds/subnetGroup:SubnetGroup": Kind(
        _create_database_subnets,
        _read_database_subnets,
        lambda aws, identity, _: aws.rds.delete_db_subnet_group(DBSubnetGroupName=identity),
        replaces=("name",),
        name_key="name",
    ),
    "aws:rds/parameterGroup:ParameterGroup": Kind(
        _create_parameters,
        _read_parameters,
        lambda aws, identity, _: aws.rds.delete_db_parameter_group(DBParameterGroupName=identity),
        replaces=("name", "family"),
        name_key="name",
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": Kind(
        _create_cache,
        _read_cache,
        _delete_cache,
        replaces=("replicationGroupId", "subnetGroupName"),
        name_key="replicationGroupId",
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": Kind(
        _create_cache_subnets,
        _read_cache_subnets,
        _delete_cache_subnets,
        replaces=("name",),
        name_key="name",
    ),
}
