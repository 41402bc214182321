"""The image store as a bucket of Google's, spoken to as S3."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.place import Component, Place

SOFT_DELETE_S = 7 * 24 * 3600
"""How long what was deleted can be brought back: Google's least, and enough for a mistake."""
OLD_VERSION_DAYS = 7


class Bucket(Component):
    """Encrypted with the environment's key, closed to the public, kept as long as the spec says.

    The services speak S3 to every store: an account that may do no more than use this bucket has a key for
    Google's S3 interface.
    """

    def __init__(
        self,
        place: Place,
        expire_days: int,
        key_id: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("Bucket", "images", place, opts)
        name = place.name("images")
        bucket = gcp.storage.Bucket(
            name,
            # Buckets share one name space with the whole world's; the project's id is unique in it.
            name=f"{place.project}-{name}",
            project=place.project,
            location=place.region.upper(),
            storage_class="STANDARD",
            encryption={"default_kms_key_name": key_id},
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            versioning={"enabled": True},
            soft_delete_policy={"retention_duration_seconds": SOFT_DELETE_S},
            lifecycle_rules=[
                {"action": {"type": "Delete"}, "condition": {"age": expire_days, "with_state": "LIVE"}},
                {
                    "action": {"type": "Delete"},
                    "condition": {"days_since_noncurrent_time": OLD_VERSION_DAYS, "with_state": "ARCHIVED"},
                },
                {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 1}},
            ],
            # A bucket that holds images is not removed by one word.
            force_destroy=False,
            labels=place.labels,
            opts=self.child(),
        )
        self.name: pulumi.Output[str] = bucket.name
        key = self._key(bucket.name)
        self.access_key: pulumi.Output[str] = key.access_id
        self.secret_key: pulumi.Output[str] = pulumi.Output.secret(key.secret)
        self.register_outputs({"name": self.name})

    def _key(self, bucket: pulumi.Output[str]) -> gcp.storage.HmacKey:
        what = self.place.name("images")
        account = gcp.serviceaccount.Account(
            what,
            project=self.place.project,
            account_id=what,
            display_name=f"images of {self.place.spec.env}",
            opts=self.child(),
        )
        gcp.storage.BucketIAMMember(
            what, bucket=bucket, role="roles/storage.objectUser", member=account.member, opts=self.child()
        )
        return gcp.storage.HmacKey(
            what, project=self.place.project, service_account_email=account.email, opts=self.child()
        )
