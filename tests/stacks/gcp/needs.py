"""What objects have once they are made, and what must be there without being named by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tests.stacks.gcp.kinds import KINDS
from tests.stacks.provider import Properties
from tests.unit.infra.clouds.gcp.plan import ANSWERS, MADE, NUMBER, PROJECT

COMPUTE = "https://www.googleapis.com/compute/v1/"
USE = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
STORAGE = ANSWERS["gcp:storage/getProjectServiceAccount:getProjectServiceAccount"]["emailAddress"]
LOGGING = ANSWERS["gcp:logging/getProjectCmekSettings:getProjectCmekSettings"]["serviceAccountId"]


def _agent(api: str) -> str:
    return f"service-{NUMBER}@gcp-sa-{api}.iam.gserviceaccount.com"


AGENTS: dict[str, tuple[str, Callable[[Properties], str]]] = {
    "compute/regionInstanceTemplate:RegionInstanceTemplate": (
        f"service-{NUMBER}@compute-system.iam.gserviceaccount.com",
        lambda inputs: inputs["disks"][0]["diskEncryptionKey"]["kmsKeySelfLink"],
    ),
    "secretmanager/secret:Secret": (
        _agent("secretmanager"),
        lambda inputs: inputs["replication"]["userManaged"]["replicas"][0]["customerManagedEncryption"][
            "kmsKeyName"
        ],
    ),
    "sql/databaseInstance:DatabaseInstance": (_agent("sqladmin"), lambda inputs: inputs["encryptionKeyName"]),
    "redis/instance:Instance": (_agent("redis"), lambda inputs: inputs["customerManagedKey"]),
    "artifactregistry/repository:Repository": (
        _agent("artifactregistry"),
        lambda inputs: inputs["kmsKeyName"],
    ),
    "storage/bucket:Bucket": (STORAGE, lambda inputs: inputs["encryption"]["defaultKmsKeyName"]),
    "logging/projectBucketConfig:ProjectBucketConfig": (
        LOGGING,
        lambda inputs: inputs["cmekSettings"]["kmsKeyName"],
    ),
}
"""Whose service agent must be allowed to use which key, by kind."""


def required(token: str, inputs: Properties, there: Mapping[str, Properties]) -> Iterator[str]:
    """Addresses that must be there first."""
    if token != "projects/service:Service":
        yield f"{PROJECT}/{KINDS[token].api}"
    if token in AGENTS:
        agent, key = AGENTS[token]
        yield f"{key(inputs)}/{USE}/serviceAccount:{agent}"
    network = _managed_network(token, inputs)
    if network:
        yield f"{network}:servicenetworking.googleapis.com"
    if token == "compute/forwardingRule:ForwardingRule" and inputs["loadBalancingScheme"].endswith("MANAGED"):
        yield _proxies(inputs["network"], there)


def outputs_of(token: str, identity: str, inputs: Properties) -> Properties:
    """What the object has besides the inputs."""
    made: Properties = dict(MADE.get(f"gcp:{token}", {}))
    if token.startswith("compute/"):
        made["selfLink"] = COMPUTE + identity
    if token.endswith("GroupManager"):
        made["instanceGroup"] = COMPUTE + identity.replace("instanceGroupManagers", "instanceGroups")
    if token == "serviceaccount/account:Account":
        email = identity.rpartition("/")[2]
        made |= {"email": email, "member": f"serviceAccount:{email}"}
    if token == "projects/serviceIdentity:ServiceIdentity":
        made["email"] = _agent(inputs["service"].partition(".")[0])
    if token == "projects/iAMCustomRole:IAMCustomRole":
        made["name"] = identity
    if token == "artifactregistry/repository:Repository":
        made["name"] = inputs["repositoryId"]
    return made


def _managed_network(token: str, inputs: Properties) -> str | None:
    if token == "sql/databaseInstance:DatabaseInstance":
        return str(inputs["settings"]["ipConfiguration"]["privateNetwork"])
    return str(inputs["authorizedNetwork"]) if token == "redis/instance:Instance" else None


def _proxies(network: str, there: Mapping[str, Properties]) -> str:
    """The subnet that a region's load balancers speak from."""
    purpose = "REGIONAL_MANAGED_PROXY"
    found = [
        name
        for name, one in there.items()
        if one.get("purpose") == purpose and one["network"].endswith(network)
    ]
    return found[0] if found else f"a subnet for {purpose} in {network}"
