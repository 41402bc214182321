"""Google's APIs that the environment uses: a project has them off until they are asked for."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.place import Component, Place
from sre_cli.specs.cluster import ClusterSpec

ALWAYS = (
    "artifactregistry",
    "billingbudgets",
    "cloudkms",
    "cloudresourcemanager",
    "compute",
    "iam",
    "iap",
    "logging",
    "monitoring",
    "secretmanager",
    "serviceusage",
)


class Services(Component):
    """Turned on before anything else. Never off: the project may hold more than this environment."""

    def __init__(self, place: Place, opts: pulumi.ResourceOptions | None = None):
        super().__init__("Services", "services", place, opts)
        for api in needed(place.spec):
            gcp.projects.Service(
                place.name(api),
                project=place.project,
                service=f"{api}.googleapis.com",
                disable_on_destroy=False,
                opts=self.child(),
            )
        self.register_outputs({})


def needed(spec: ClusterSpec) -> list[str]:
    """The APIs that `spec` asks for, by name."""
    managed = {
        "sqladmin": spec.data.postgres.runs_on,
        "redis": spec.data.redis.runs_on,
        "storage": "cloud" if has_bucket(spec) else "nodes",
        "servicenetworking": "cloud" if has_peering(spec) else "nodes",
        "dns": "cloud" if spec.dns.hosted_zone else "nodes",
        "certificatemanager": "cloud" if spec.dns.hosted_zone else "nodes",
    }
    return sorted({*ALWAYS, *(api for api, place in managed.items() if place == "cloud")})


def has_peering(spec: ClusterSpec) -> bool:
    """Whether a managed engine stands in Google's own network."""
    return "cloud" in (spec.data.postgres.runs_on, spec.data.redis.runs_on)


def has_bucket(spec: ClusterSpec) -> bool:
    """Whether an object store is the cloud's."""
    return "cloud" in (spec.objects.primary.runs_on, spec.objects.fallback.runs_on)
