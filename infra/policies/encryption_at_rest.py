"""Disks, buckets, databases and caches are encrypted. Google encrypts all of them, always; AWS when asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.policy import Finding, Resource, is_paired, of_kind

SWITCHES = {
    "aws:ebs:Volume": "encrypted",
    "aws:efs:FileSystem": "encrypted",
    "aws:rds:Instance": "storageEncrypted",
    "aws:rds:Cluster": "storageEncrypted",
    "aws:elasticache:ReplicationGroup": "atRestEncryptionEnabled",
}
BUCKETS = ("aws:s3:Bucket", "aws:s3:BucketV2")
BUCKET_RULES = (
    "aws:s3:BucketServerSideEncryptionConfiguration",
    "aws:s3:BucketServerSideEncryptionConfigurationV2",
)


def findings(plan: Sequence[Resource]) -> Iterator[Finding]:
    """Whatever would write plain bytes."""
    for resource in of_kind(plan, *SWITCHES):
        switch = SWITCHES[resource.kind]
        if resource.properties.get(switch) not in (True, "true"):
            yield resource, f"{switch} must be on"
    yield from _disks(plan)
    for bucket in of_kind(plan, *BUCKETS):
        if not is_paired(plan, bucket, BUCKETS, BUCKET_RULES):
            yield bucket, "a BucketServerSideEncryptionConfiguration must stand beside it or be its child"


def _disks(plan: Sequence[Resource]) -> Iterator[Finding]:
    for template in of_kind(plan, "aws:ec2:LaunchTemplate"):
        disks = template.parts("blockDeviceMappings", "ebs")
        if not disks or any(disk.get("encrypted") not in (True, "true") for disk in disks):
            yield template, "every blockDeviceMappings.ebs, the root's too, must have encrypted on"
    for machine in of_kind(plan, "aws:ec2:Instance"):
        disks = [*machine.parts("rootBlockDevice"), *machine.parts("ebsBlockDevices")]
        if not machine.parts("rootBlockDevice") or any(disk.get("encrypted") is not True for disk in disks):
            yield machine, "rootBlockDevice and ebsBlockDevices must have encrypted on"
