"""PostgreSQL as AWS's own service."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.logs import log_group
from infra.clouds.aws.place import Component, Place, Site
from sre_cli.specs.cluster import DataService

ENGINE_VERSION = "16"
"""The major one; AWS keeps the minor one up to date."""
PORT = 5432
GROWTH = 4
"""How many times its size the storage may grow to by itself."""
EXPORTS = ["postgresql", "upgrade"]
"""Logs that go to CloudWatch."""


class Database(Component):
    """A primary, and a standby in another zone that takes over by itself."""

    def __init__(
        self,
        place: Place,
        service: DataService,
        instance_class: str,
        site: Site,
        *,
        password: pulumi.Output[str],
        key_arn: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("Database", "postgres", place, opts)
        name, tags = place.name("postgres"), place.tags("postgres")
        subnets = aws.rds.SubnetGroup(name, subnet_ids=site.subnet_ids, tags=tags, opts=self.child())
        database = aws.rds.Instance(
            name,
            identifier=name,
            engine="postgres",
            engine_version=ENGINE_VERSION,
            instance_class=instance_class,
            allocated_storage=service.storage_gib,
            max_allocated_storage=service.storage_gib * GROWTH,
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=key_arn,
            db_name="ekyc",
            username="ekyc",
            password=password,
            port=PORT,
            multi_az=True,
            publicly_accessible=False,
            db_subnet_group_name=subnets.name,
            vpc_security_group_ids=[site.group_id],
            parameter_group_name=self._parameters().name,
            backup_retention_period=service.backup_days,
            copy_tags_to_snapshot=True,
            deletion_protection=True,
            skip_final_snapshot=False,
            # Every life of the environment has a key of its own: an earlier one's snapshot is not in the way.
            final_snapshot_identifier=key_arn.apply(lambda arn: f"{name}-{arn.rpartition('/')[2][:8]}"),
            performance_insights_enabled=True,
            performance_insights_kms_key_id=key_arn,
            enabled_cloudwatch_logs_exports=EXPORTS,
            auto_minor_version_upgrade=True,
            tags=tags,
            opts=self.child(depends_on=self._logs(name, key_arn)),
        )
        self.host: pulumi.Output[str] = database.address
        self.register_outputs({"host": self.host})

    def _logs(self, identifier: str, key_arn: pulumi.Output[str]) -> list[aws.cloudwatch.LogGroup]:
        # RDS would make them by itself: without the key, kept for ever, and left behind by `destroy`.
        return [
            log_group(f"postgres-{export}", self, f"/aws/rds/instance/{identifier}/{export}", key_arn)
            for export in EXPORTS
        ]

    def _parameters(self) -> aws.rds.ParameterGroup:
        what = "postgres"
        return aws.rds.ParameterGroup(
            self.place.name(what),
            family=f"postgres{ENGINE_VERSION}",
            parameters=[{"name": "rds.force_ssl", "value": "1"}],
            tags=self.place.tags(what),
            opts=self.child(),
        )
