"""Keys, secrets, roles; and whose account it is."""

from __future__ import annotations

from tests.stacks.aws.moto_provider.kind import Aws, Facts, Kind, Wanted, nothing
from tests.stacks.provider import Properties


def _create_key(aws: Aws, wanted: Wanted) -> str:
    tags = [{"TagKey": one["Key"], "TagValue": one["Value"]} for one in wanted.tags()]
    key = aws.kms.create_key(**wanted.sent("description", "policy"), Tags=tags)["KeyMetadata"]["KeyId"]
    if wanted["enableKeyRotation"]:
        aws.kms.enable_key_rotation(KeyId=key)
    return str(key)


def _read_key(aws: Aws, identity: str) -> Facts | None:
    key = aws.kms.describe_key(KeyId=identity)["KeyMetadata"]
    if key["KeyState"] == "PendingDeletion":
        return None
    rotation = aws.kms.get_key_rotation_status(KeyId=identity)["KeyRotationEnabled"]
    return {"keyId": identity, "arn": key["Arn"], "enableKeyRotation": rotation}


def _delete_key(aws: Aws, identity: str, inputs: Properties) -> None:
    aws.kms.schedule_key_deletion(KeyId=identity, PendingWindowInDays=inputs["deletionWindowInDays"])


def _create_alias(aws: Aws, wanted: Wanted) -> str:
    aws.kms.create_alias(AliasName=wanted["name"], **wanted.sent("targetKeyId"))
    return str(wanted["name"])


def _read_alias(aws: Aws, identity: str) -> Facts | None:
    aliases = aws.kms.list_aliases()["Aliases"]
    found = [one for one in aliases if one["AliasName"] == identity]
    return {"targetKeyId": found[0]["TargetKeyId"]} if found else None


def _create_secret(aws: Aws, wanted: Wanted) -> str:
    call = wanted.sent("name", "description", "kmsKeyId")
    return str(aws.secretsmanager.create_secret(**call, Tags=wanted.tags())["ARN"])


def _read_secret(aws: Aws, identity: str) -> Facts | None:
    secret = aws.secretsmanager.describe_secret(SecretId=identity)
    gone = secret.get("DeletedDate")
    return None if gone else {"arn": secret["ARN"], "name": secret["Name"], "kmsKeyId": secret["KmsKeyId"]}


def _delete_secret(aws: Aws, identity: str, inputs: Properties) -> None:
    at_once = inputs["recoveryWindowInDays"] == 0
    aws.secretsmanager.delete_secret(SecretId=identity, ForceDeleteWithoutRecovery=at_once)


def _create_version(aws: Aws, wanted: Wanted) -> str:
    made = aws.secretsmanager.put_secret_value(**wanted.sent("secretId", "secretString"))
    return f"{wanted['secretId']}|{made['VersionId']}"


def _read_version(aws: Aws, identity: str) -> Facts:
    secret, _, version = identity.partition("|")
    found = aws.secretsmanager.get_secret_value(SecretId=secret, VersionId=version)
    return {"arn": found["ARN"], "secretString": found["SecretString"]}


def _create_role(aws: Aws, wanted: Wanted) -> str:
    aws.iam.create_role(
        RoleName=wanted["name"], AssumeRolePolicyDocument=wanted["assumeRolePolicy"], Tags=wanted.tags()
    )
    return str(wanted["name"])


def _read_role(aws: Aws, identity: str) -> Facts:
    return {"name": identity, "arn": aws.iam.get_role(RoleName=identity)["Role"]["Arn"]}


def _put_role_policy(aws: Aws, wanted: Wanted) -> str:
    aws.iam.put_role_policy(
        RoleName=wanted["role"], PolicyName=wanted["name"], PolicyDocument=wanted["policy"]
    )
    return f"{wanted['role']}:{wanted['name']}"


def _read_role_policy(aws: Aws, identity: str) -> Facts:
    role, _, name = identity.partition(":")
    aws.iam.get_role_policy(RoleName=role, PolicyName=name)
    return {"role": role, "name": name}


def _delete_role_policy(aws: Aws, _: str, inputs: Properties) -> None:
    aws.iam.delete_role_policy(RoleName=inputs["role"], PolicyName=inputs["name"])


def _create_profile(aws: Aws, wanted: Wanted) -> str:
    aws.iam.create_instance_profile(InstanceProfileName=wanted["name"], Tags=wanted.tags())
    aws.iam.add_role_to_instance_profile(InstanceProfileName=wanted["name"], RoleName=wanted["role"])
    return str(wanted["name"])


def _read_profile(aws: Aws, identity: str) -> Facts:
    profile = aws.iam.get_instance_profile(InstanceProfileName=identity)["InstanceProfile"]
    return {"arn": profile["Arn"], "role": profile["Roles"][0]["RoleName"]}


def _delete_profile(aws: Aws, identity: str, inputs: Properties) -> None:
    aws.iam.remove_role_from_instance_profile(InstanceProfileName=identity, RoleName=inputs["role"])
    aws.iam.delete_instance_profile(InstanceProfileName=identity)


def _caller(aws: Aws, _: Properties) -> Properties:
    identity = aws.sts.get_caller_identity()
    return {"accountId": identity["Account"], "arn": identity["Arn"], "id": identity["Account"], "userId": ""}


KINDS = {
    "aws:kms/key:Key": Kind(_create_key, _read_key, _delete_key, ours=("deletionWindowInDays",)),
    "aws:kms/alias:Alias": Kind(
        _create_alias, _read_alias, lambda aws, identity, _: aws.kms.delete_alias(AliasName=identity)
    ),
    "aws:secretsmanager/secret:Secret": Kind(
        _create_secret, _read_secret, _delete_secret, ours=("recoveryWindowInDays",)
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": Kind(
        # AWS keeps versions as long as the secret.
        _create_version,
        _read_version,
        nothing,
        replaces=("secretId", "secretString"),
    ),
    "aws:iam/role:Role": Kind(
        _create_role,
        _read_role,
        lambda aws, identity, _: aws.iam.delete_role(RoleName=identity),
        name_key="name",
    ),
    "aws:iam/rolePolicy:RolePolicy": Kind(
        _put_role_policy,
        _read_role_policy,
        _delete_role_policy,
        lambda aws, _, __, wanted: aws.iam.put_role_policy(
            RoleName=wanted["role"], PolicyName=wanted["name"], PolicyDocument=wanted["policy"]
        ),
        replaces=("role", "name"),
        name_key="name",
    ),
    "aws:iam/instanceProfile:InstanceProfile": Kind(
        _create_profile, _read_profile, _delete_profile, name_key="name"
    ),
}

FUNCTIONS = {"aws:index/getCallerIdentity:getCallerIdentity": _caller}
