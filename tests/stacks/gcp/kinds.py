"""The request that each resource type stands for."""

from __future__ import annotations

from tests.stacks.gcp import bodies
from tests.stacks.gcp.compute_kinds import COMPUTE_KINDS
from tests.stacks.gcp.kind import ALL, GLOBAL, PLACE, Kind

WEEKLY = "maintenancePolicy.weeklyMaintenanceWindow"

KINDS: dict[str, Kind] = {
    **COMPUTE_KINDS,
    "servicenetworking/connection:Connection": Kind(
        "servicenetworking.v1",
        "services.connections.create",
        "{network}:{service}",
        ("service",),
        name_key=None,
        refers=(("reservedPeeringRanges.0", f"{GLOBAL}/addresses/{{reservedPeeringRanges[0]}}"),),
    ),
    "sql/databaseInstance:DatabaseInstance": Kind(
        "sqladmin.v1",
        "instances.insert",
        "projects/{project}/instances/{name}",
        ("deletionProtection",),
        bodies.database,
        fixed=("name", "region", "databaseVersion", "encryptionKeyName"),
    ),
    "sql/database:Database": Kind(
        "sqladmin.v1",
        "databases.insert",
        "projects/{project}/instances/{instance}/databases/{name}",
        refers=(("instance", "projects/{project}/instances/{instance}"),),
    ),
    "sql/user:User": Kind(
        "sqladmin.v1",
        "users.insert",
        "projects/{project}/instances/{instance}/users/{name}",
        refers=(("instance", "projects/{project}/instances/{instance}"),),
    ),
    "redis/instance:Instance": Kind(
        "redis.v1",
        "projects.locations.instances.create",
        "projects/{project}/locations/{region}/instances/{name}",
        ("region", "name"),
        bodies.moved(
            ("maintenancePolicy.weeklyMaintenanceWindows", "maintenancePolicy.weeklyMaintenanceWindow")
        ),
        fixed=("name", "tier", "customerManagedKey", "authorizedNetwork", "transitEncryptionMode"),
        refers=(("reservedIpRange", f"{GLOBAL}/addresses/{{reservedIpRange}}"),),
    ),
    "storage/bucket:Bucket": Kind(
        "storage.v1", "buckets.insert", "{name}", ("forceDestroy",), bodies.bucket, fixed=("name", "location")
    ),
    "storage/bucketIAMMember:BucketIAMMember": Kind(
        "storage.v1", "buckets.setIamPolicy", "b/{bucket}/{role}/{member}", (), bodies.bucket_grant, None, ALL
    ),
    "storage/hmacKey:HmacKey": Kind(
        "storage.v1",
        "projects.hmacKeys.create",
        "projects/{project}/hmacKeys/{serviceAccountEmail}",
        (),
        bodies.nothing,
        None,
        ALL,
    ),
    "kms/keyRing:KeyRing": Kind(
        "cloudkms.v1",
        "projects.locations.keyRings.create",
        f"{PLACE}/keyRings/{{name}}",
        ("name", "location"),
        fixed=ALL,
    ),
    "kms/cryptoKey:CryptoKey": Kind(
        "cloudkms.v1",
        "projects.locations.keyRings.cryptoKeys.create",
        "{keyRing}/cryptoKeys/{name}",
        ("name", "keyRing"),
        fixed=("name", "keyRing", "purpose"),
    ),
    "kms/cryptoKeyIAMMember:CryptoKeyIAMMember": Kind(
        "cloudkms.v1",
        "projects.locations.keyRings.cryptoKeys.setIamPolicy",
        "{cryptoKeyId}/{role}/{member}",
        (),
        bodies.grant,
        None,
        ALL,
    ),
    "secretmanager/secret:Secret": Kind(
        "secretmanager.v1",
        "projects.secrets.create",
        "projects/{project}/secrets/{secretId}",
        ("secretId",),
        name_key=None,
        fixed=("secretId", "replication"),
    ),
    "secretmanager/secretVersion:SecretVersion": Kind(
        "secretmanager.v1",
        "projects.secrets.addVersion",
        "{secret}/versions/latest",
        (),
        bodies.secret_version,
        None,
        ALL,
    ),
    "secretmanager/secretIamMember:SecretIamMember": Kind(
        "secretmanager.v1",
        "projects.secrets.setIamPolicy",
        "projects/{project}/secrets/{secretId}/{role}/{member}",
        (),
        bodies.grant,
        None,
        ALL,
        refers=(("secretId", "projects/{project}/secrets/{secretId}"),),
    ),
    "serviceaccount/account:Account": Kind(
        "iam.v1",
        "projects.serviceAccounts.create",
        "projects/{project}/serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com",
        (),
        bodies.account,
        None,
        ("accountId",),
    ),
    "projects/iAMCustomRole:IAMCustomRole": Kind(
        "iam.v1",
        "projects.roles.create",
        "projects/{project}/roles/{roleId}",
        (),
        bodies.role,
        None,
        ("roleId",),
    ),
    "projects/iAMMember:IAMMember": Kind(
        "cloudresourcemanager.v1",
        "projects.setIamPolicy",
        "{project}/{role}/{member}",
        (),
        bodies.grant,
        None,
        ALL,
    ),
    "projects/service:Service": Kind(
        "serviceusage.v1",
        "services.enable",
        "{project}/{service}",
        ("disableOnDestroy", "service"),
        dict,
        None,
        ALL,
    ),
    "projects/serviceIdentity:ServiceIdentity": Kind(
        "serviceusage.v1beta1",
        "services.generateServiceIdentity",
        "projects/{project}/services/{service}",
        (),
        bodies.nothing,
        None,
        ALL,
    ),
    "artifactregistry/repository:Repository": Kind(
        "artifactregistry.v1",
        "projects.locations.repositories.create",
        f"{PLACE}/repositories/{{repositoryId}}",
        ("location", "repositoryId"),
        bodies.repository,
        None,
        ("repositoryId", "location", "format", "kmsKeyName"),
    ),
    "artifactregistry/repositoryIamMember:RepositoryIamMember": Kind(
        "artifactregistry.v1",
        "projects.locations.repositories.setIamPolicy",
        f"{PLACE}/repositories/{{repository}}/{{role}}/{{member}}",
        (),
        bodies.grant,
        None,
        ALL,
        refers=(("repository", f"{PLACE}/repositories/{{repository}}"),),
    ),
    "logging/projectBucketConfig:ProjectBucketConfig": Kind(
        "logging.v2",
        "projects.locations.buckets.create",
        f"{PLACE}/buckets/{{bucketId}}",
        ("location", "bucketId"),
        name_key=None,
        fixed=("bucketId", "location"),
    ),
    "logging/projectSink:ProjectSink": Kind(
        "logging.v2", "projects.sinks.create", "projects/{project}/sinks/{name}", ("uniqueWriterIdentity",)
    ),
    "dns/recordSet:RecordSet": Kind(
        "dns.v1",
        "resourceRecordSets.create",
        "projects/{project}/managedZones/{managedZone}/rrsets/{name}/{type}",
        ("managedZone",),
        name_key=None,
        fixed=("name", "type", "managedZone"),
    ),
    "certificatemanager/dnsAuthorization:DnsAuthorization": Kind(
        "certificatemanager.v1",
        "projects.locations.dnsAuthorizations.create",
        f"{PLACE}/dnsAuthorizations/{{name}}",
        ("name", "location"),
        fixed=("name", "location", "domain", "type"),
    ),
    "certificatemanager/certificate:Certificate": Kind(
        "certificatemanager.v1",
        "projects.locations.certificates.create",
        f"{PLACE}/certificates/{{name}}",
        ("name", "location"),
        fixed=("name", "location", "managed"),
    ),
    "billing/budget:Budget": Kind(
        "billingbudgets.v1",
        "billingAccounts.budgets.create",
        "billingAccounts/{billingAccount}/budgets/{displayName}",
        ("billingAccount",),
        bodies.budget,
        name_key=None,
    ),
}
