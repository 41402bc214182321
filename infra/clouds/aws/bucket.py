"""The bucket for images."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.place import Component, Place

NONCURRENT_DAYS = 7
"""How long what was deleted or written over can be brought back."""
ABANDONED_DAYS = 1


class Bucket(Component):
    """Private, versioned, encrypted with the environment's key; objects expire."""

    def __init__(
        self,
        place: Place,
        expire_days: int,
        key_arn: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("Bucket", "images", place, opts)
        bucket = aws.s3.Bucket(
            place.name("images"),
            # Names are the whole world's; the account makes it ours.
            bucket=f"{place.name('images')}-{place.account}",
            tags=place.tags("images"),
            opts=self.child(),
        )
        self.name: pulumi.Output[str] = bucket.id
        self.arn: pulumi.Output[str] = bucket.arn
        self._close()
        self._encrypt(key_arn)
        self._expire(expire_days)
        self.register_outputs({"name": self.name})

    def _close(self) -> None:
        name = self.place.name("images")
        block = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=self.name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self.child(),
        )
        aws.s3.BucketOwnershipControls(
            name, bucket=self.name, rule={"object_ownership": "BucketOwnerEnforced"}, opts=self.child()
        )
        aws.s3.BucketPolicy(
            name,
            bucket=self.name,
            policy=pulumi.Output.json_dumps(self.arn.apply(tls_only)),
            # S3 refuses two changes of a bucket's access at once.
            opts=self.child(depends_on=[block]),
        )

    def _encrypt(self, key_arn: pulumi.Output[str]) -> None:
        default = {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn}
        aws.s3.BucketServerSideEncryptionConfiguration(
            self.place.name("images"),
            bucket=self.name,
            rules=[{"apply_server_side_encryption_by_default": default, "bucket_key_enabled": True}],
            opts=self.child(),
        )

    def _expire(self, days: int) -> None:
        name = self.place.name("images")
        versioning = aws.s3.BucketVersioning(
            name, bucket=self.name, versioning_configuration={"status": "Enabled"}, opts=self.child()
        )
        rule = {
            "id": "expire",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "expiration": {"days": days},
            "noncurrent_version_expiration": {"noncurrent_days": NONCURRENT_DAYS},
            "abort_incomplete_multipart_upload": {"days_after_initiation": ABANDONED_DAYS},
        }
        aws.s3.BucketLifecycleConfiguration(
            name, bucket=self.name, rules=[rule], opts=self.child(depends_on=[versioning])
        )


def tls_only(bucket_arn: str) -> dict[str, Any]:
    """The policy of a bucket that nobody reaches in plain text."""
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
