"""What costs money carries the environment's name, so that a bill and a forgotten machine can be traced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.policy import Finding, Resource, of_kind

KEY = "env"
TAGGED = {
    "aws:ec2:Instance": "tags",
    "aws:ebs:Volume": "tags",
    "aws:ec2:NatGateway": "tags",
    "aws:lb:LoadBalancer": "tags",
    "aws:rds:Instance": "tags",
    "aws:elasticache:ReplicationGroup": "tags",
    "aws:s3:Bucket": "tags",
    "gcp:compute:Instance": "labels",
    "gcp:compute:InstanceTemplate": "labels",
    "gcp:compute:RegionInstanceTemplate": "labels",
    "gcp:redis:Instance": "labels",
    "gcp:storage:Bucket": "labels",
}
BY_PROVIDER = {"aws": ("defaultTags", "tags"), "gcp": ("defaultLabels",)}


def findings(plan: Sequence[Resource]) -> Iterator[Finding]:
    """Resources without the tag, neither of their own nor by their provider."""
    given = {cloud for cloud, path in BY_PROVIDER.items() if _by_provider(plan, cloud, path)}
    for resource in of_kind(plan, *TAGGED):
        key = TAGGED[resource.kind]
        own = any(KEY in tags for tags in resource.parts(key))
        if not own and resource.kind.partition(":")[0] not in given:
            yield resource, f"{key}.{KEY} is missing"
    for group in of_kind(plan, "aws:autoscaling:Group"):
        # A provider's tags do not reach the machines of a group.
        kept = [tag for tag in group.parts("tags") if tag.get("propagateAtLaunch") in (True, "true")]
        if KEY not in {tag.get("key") for tag in kept}:
            yield group, f"tags: {KEY} with propagateAtLaunch is missing"
    for database in of_kind(plan, "gcp:sql:DatabaseInstance"):
        if not any(KEY in labels for labels in database.parts("settings", "userLabels")):
            yield database, f"settings.userLabels.{KEY} is missing"


def _by_provider(plan: Sequence[Resource], cloud: str, path: tuple[str, ...]) -> bool:
    providers = of_kind(plan, f"pulumi:providers:{cloud}")
    return any(KEY in tags for provider in providers for tags in provider.parts(*path))
