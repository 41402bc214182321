"""Buckets and image repositories."""

from __future__ import annotations

from typing import Any

from tests.stacks.aws.moto_provider.kind import Aws, Facts, Kind, Wanted, nothing, pascals
from tests.stacks.provider import Properties


def _create_bucket(aws: Aws, wanted: Wanted) -> str:
    name = wanted["bucket"]
    region = aws.s3.meta.region_name
    aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
    aws.s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": wanted.tags()})
    return str(name)


def _read_bucket(aws: Aws, identity: str) -> Facts | None:
    names = [one["Name"] for one in aws.s3.list_buckets()["Buckets"]]
    return {"arn": f"arn:aws:s3:::{identity}", "bucket": identity} if identity in names else None


def _block(aws: Aws, wanted: Wanted) -> str:
    keys = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    aws.s3.put_public_access_block(Bucket=wanted["bucket"], PublicAccessBlockConfiguration=wanted.sent(*keys))
    return str(wanted["bucket"])


def _read_block(aws: Aws, identity: str) -> Facts:
    found = aws.s3.get_public_access_block(Bucket=identity)["PublicAccessBlockConfiguration"]
    return {key[0].lower() + key[1:]: value for key, value in found.items()}


def _own(aws: Aws, wanted: Wanted) -> str:
    rule = pascals(wanted["rule"])
    aws.s3.put_bucket_ownership_controls(Bucket=wanted["bucket"], OwnershipControls={"Rules": [rule]})
    return str(wanted["bucket"])


def _read_ownership(aws: Aws, identity: str) -> Facts:
    (rule,) = aws.s3.get_bucket_ownership_controls(Bucket=identity)["OwnershipControls"]["Rules"]
    return {"rule": {"objectOwnership": rule["ObjectOwnership"]}}


def _protect(aws: Aws, wanted: Wanted) -> str:
    aws.s3.put_bucket_policy(Bucket=wanted["bucket"], Policy=wanted["policy"])
    return str(wanted["bucket"])


def _read_policy(aws: Aws, identity: str) -> Facts:
    return {"policy": aws.s3.get_bucket_policy(Bucket=identity)["Policy"]}


def _encrypt(aws: Aws, wanted: Wanted) -> str:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": one["applyServerSideEncryptionByDefault"]["sseAlgorithm"],
                "KMSMasterKeyID": one["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"],
            },
            "BucketKeyEnabled": one["bucketKeyEnabled"],
        }
        for one in wanted["rules"]
    ]
    aws.s3.put_bucket_encryption(Bucket=wanted["bucket"], ServerSideEncryptionConfiguration={"Rules": rules})
    return str(wanted["bucket"])


def _read_encryption(aws: Aws, identity: str) -> Facts:
    aws.s3.get_bucket_encryption(Bucket=identity)
    return {"bucket": identity}


def _keep_versions(aws: Aws, wanted: Wanted) -> str:
    configuration = pascals(wanted["versioningConfiguration"])
    aws.s3.put_bucket_versioning(Bucket=wanted["bucket"], VersioningConfiguration=configuration)
    return str(wanted["bucket"])


def _read_versioning(aws: Aws, identity: str) -> Facts:
    return {"versioningConfiguration": {"status": aws.s3.get_bucket_versioning(Bucket=identity)["Status"]}}


def _expire(aws: Aws, wanted: Wanted) -> str:
    rules = [_expiry(one) for one in wanted["rules"]]
    aws.s3.put_bucket_lifecycle_configuration(
        Bucket=wanted["bucket"], LifecycleConfiguration={"Rules": rules}
    )
    return str(wanted["bucket"])


def _expiry(rule: Properties) -> dict[str, Any]:
    sent: dict[str, Any] = pascals(rule)
    return {("ID" if key == "Id" else key): value for key, value in sent.items()}


def _read_expiry(aws: Aws, identity: str) -> Facts:
    aws.s3.get_bucket_lifecycle_configuration(Bucket=identity)
    return {"bucket": identity}


def _create_repository(aws: Aws, wanted: Wanted) -> str:
    (encryption,) = wanted["encryptionConfigurations"]
    scanning = wanted["imageScanningConfiguration"]
    aws.ecr.create_repository(
        repositoryName=wanted["name"],
        imageTagMutability=wanted["imageTagMutability"],
        imageScanningConfiguration=scanning,
        encryptionConfiguration=encryption,
        tags=wanted.tags(),
    )
    return str(wanted["name"])


def _read_repository(aws: Aws, identity: str) -> Facts:
    (found,) = aws.ecr.describe_repositories(repositoryNames=[identity])["repositories"]
    return {"arn": found["repositoryArn"], "name": identity, "repositoryUrl": found["repositoryUri"]}


def _delete_repository(aws: Aws, identity: str, inputs: Properties) -> None:
    aws.ecr.delete_repository(repositoryName=identity, force=inputs["forceDelete"])


def _keep_newest(aws: Aws, wanted: Wanted) -> str:
    aws.ecr.put_lifecycle_policy(repositoryName=wanted["repository"], lifecyclePolicyText=wanted["policy"])
    return str(wanted["repository"])


def _read_lifecycle(aws: Aws, identity: str) -> Facts:
    return {"repository": aws.ecr.get_lifecycle_policy(repositoryName=identity)["repositoryName"]}


def _on_bucket(create: Any, read: Any, delete: str) -> Kind:
    def remove(aws: Aws, identity: str, _: Properties) -> None:
        getattr(aws.s3, delete)(Bucket=identity)

    def change(aws: Aws, _: str, __: Properties, wanted: Wanted) -> None:
        create(aws, wanted)

    return Kind(create, read, remove, change, replaces=("bucket",))


KINDS = {
    "aws:s3/bucket:Bucket": Kind(
        _create_bucket,
        _read_bucket,
        lambda aws, identity, _: aws.s3.delete_bucket(Bucket=identity),
        replaces=("bucket",),
        name_key="bucket",
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _on_bucket(
        _block, _read_block, "delete_public_access_block"
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _on_bucket(
        _own, _read_ownership, "delete_bucket_ownership_controls"
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _on_bucket(_protect, _read_policy, "delete_bucket_policy"),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _on_bucket(
        _encrypt, _read_encryption, "delete_bucket_encryption"
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _on_bucket(
        _expire, _read_expiry, "delete_bucket_lifecycle"
    ),
    "aws:s3/bucketVersioning:BucketVersioning": Kind(
        # AWS cannot take versioning back; it goes with the bucket.
        _keep_versions,
        _read_versioning,
        nothing,
        replaces=("bucket",),
    ),
    "aws:ecr/repository:Repository": Kind(
        _create_repository,
        _read_repository,
        _delete_repository,
        replaces=("name",),
        name_key="name",
        ours=("forceDelete",),
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Kind(
        _keep_newest,
        _read_lifecycle,
        lambda aws, identity, _: aws.ecr.delete_lifecycle_policy(repositoryName=identity),
        replaces=("repository",),
    ),
}
