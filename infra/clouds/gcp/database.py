"""PostgreSQL as Google's own service."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.peering import Peering
from infra.clouds.gcp.place import Component, Place
from sre_cli.specs.cluster import DataService

VERSION = "POSTGRES_16"
PORT = 5432
GROWTH = 4
"""How many times its size the storage may grow to by itself."""
LOG_DAYS = 7
"""How far back a point in time can be restored; Google's limit."""
USER = DATABASE = "ekyc"


class Database(Component):
    """A primary, and a standby in another zone that takes over by itself."""

    def __init__(
        self,
        place: Place,
        service: DataService,
        tier: str,
        peering: Peering,
        *,
        password: pulumi.Output[str],
        key_id: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("Database", "postgres", place, opts)
        instance = gcp.sql.DatabaseInstance(
            # Google keeps a deleted one's name for a week: Pulumi ends it with letters of its own.
            place.name("postgres"),
            project=place.project,
            region=place.region,
            database_version=VERSION,
            encryption_key_name=key_id,
            settings=_settings(place, service, tier, peering),
            # Pulumi's own lock; what guards the data is Google's, in the settings.
            deletion_protection=False,
            # It grows by itself, and Pulumi would make an empty one in its stead to shrink it.
            opts=self.child(ignore_changes=["settings.diskSize"]),
        )
        # Both go with the instance: removed before it, they would take the data that its guard keeps.
        common = {"project": place.project, "instance": instance.name, "deletion_policy": "ABANDON"}
        gcp.sql.Database(place.name("postgres"), name=DATABASE, **common, opts=self.child())
        gcp.sql.User(place.name("postgres"), name=USER, password=password, **common, opts=self.child())
        self.host: pulumi.Output[str] = instance.private_ip_address
        self.register_outputs({"host": self.host})


def _settings(place: Place, service: DataService, tier: str, peering: Peering) -> dict[str, Any]:
    return {
        "tier": tier,
        "edition": "ENTERPRISE",
        "availability_type": "REGIONAL",
        "disk_type": "PD_SSD",
        "disk_size": service.storage_gib,
        "disk_autoresize": True,
        "disk_autoresize_limit": service.storage_gib * GROWTH,
        "deletion_protection_enabled": True,
        "retain_backups_on_delete": True,
        "ip_configuration": {
            "ipv4_enabled": False,
            "private_network": peering.network_id,
            "allocated_ip_range": peering.range_name,
            "ssl_mode": "ENCRYPTED_ONLY",
        },
        "backup_configuration": {
            "enabled": True,
            "start_time": "20:30",
            "location": place.region,
            "point_in_time_recovery_enabled": True,
            "transaction_log_retention_days": min(LOG_DAYS, service.backup_days),
            "backup_retention_settings": {
                "retained_backups": service.backup_days,
                "retention_unit": "COUNT",
            },
        },
        "maintenance_window": {"day": 7, "hour": 21, "update_track": "stable"},
        "insights_config": {"query_insights_enabled": True, "record_client_address": False},
        "database_flags": [
            {"name": "log_checkpoints", "value": "on"},
            {"name": "log_lock_waits", "value": "on"},
        ],
        "user_labels": place.labels,
    }
