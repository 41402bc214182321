"""Nobody at large reads a bucket: what would open one by mistake is closed beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.policy import Finding, Resource, is_paired, of_kind

BUCKETS = ("aws:s3:Bucket", "aws:s3:BucketV2")
BLOCK = "aws:s3:BucketPublicAccessBlock"
SWITCHES = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def findings(plan: Sequence[Resource]) -> Iterator[Finding]:
    """Buckets that one more mistake would open, or that are open."""
    for bucket in of_kind(plan, *BUCKETS):
        if not is_paired(plan, bucket, BUCKETS, [BLOCK]):
            yield bucket, "a BucketPublicAccessBlock must stand beside it or be its child"
    for block in of_kind(plan, BLOCK):
        off = [switch for switch in SWITCHES if block.properties.get(switch) not in (True, "true")]
        if off:
            yield block, f"{', '.join(off)} must be on"
    for bucket in of_kind(plan, "gcp:storage:Bucket"):
        if bucket.properties.get("publicAccessPrevention") != "enforced":
            yield bucket, "publicAccessPrevention must be `enforced`"
        if bucket.properties.get("uniformBucketLevelAccess") not in (True, "true"):
            yield bucket, "uniformBucketLevelAccess must be on: objects would have lists of their own"
