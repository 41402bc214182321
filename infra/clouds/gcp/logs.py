"""Where logs go: the nodes' journals, the network's flows, the firewall, NAT and the load balancers."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.place import Component, Place

RETENTION_DAYS = 30


class Logs(Component):
    """A log bucket in the region, encrypted with the environment's key, and the sink that fills it."""

    def __init__(self, place: Place, key_id: pulumi.Output[str], opts: pulumi.ResourceOptions | None = None):
        super().__init__("Logs", "logs", place, opts)
        bucket = gcp.logging.ProjectBucketConfig(
            place.name("logs"),
            project=place.project,
            location=place.region,
            # Google keeps a deleted bucket's name for a week. Its key has a new name in every life.
            bucket_id=key_id.apply(lambda key: f"{key.split('/')[-3]}-logs"),
            retention_days=RETENTION_DAYS,
            cmek_settings={"kms_key_name": key_id},
            opts=self.child(),
        )
        # The bucket is in the sink's own project: the sink writes without an identity of its own.
        gcp.logging.ProjectSink(
            place.name("logs"),
            name=place.name("logs"),
            project=place.project,
            destination=pulumi.Output.concat("logging.googleapis.com/", bucket.id),
            filter=log_filter(place),
            unique_writer_identity=True,
            opts=self.child(),
        )
        self.register_outputs({})


def log_filter(place: Place) -> str:
    """What belongs to the environment: its machines, and what is named after it."""
    named = f'"{place.name("")}"'
    # Fluent Bit says the machine's number alone; its name stands in the journal.
    return " OR ".join(
        [
            f"(resource.type=gce_instance AND jsonPayload.HOSTNAME:{named})",
            f"(resource.type=gce_subnetwork AND resource.labels.subnetwork_name:{named})",
            f"(resource.type=nat_gateway AND resource.labels.gateway_name:{named})",
            f"(resource.labels.forwarding_rule_name:{named})",
            f"(resource.type=cloudsql_database AND resource.labels.database_id:{named})",
        ]
    )
