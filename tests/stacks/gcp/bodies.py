"""How the provider's words become a request's body: what stands elsewhere, is named otherwise or wrapped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Body = dict[str, Any]
Shape = Callable[[Body], Body]


def move(body: Body, source: str, target: str) -> None:
    """Take the value at `source` (`a.b`) to `target`, if there is one."""
    *folders, last = source.split(".")
    part: Any = body
    for key in folders:
        part = part.get(key, {})
    if last not in part:
        return
    value = part.pop(last)
    *folders, last = target.split(".")
    for key in folders:
        body = body.setdefault(key, {})
    body[last] = value


def moved(*moves: tuple[str, str]) -> Shape:
    """A shape that only moves values."""

    def shape(body: Body) -> Body:
        for source, target in moves:
            move(body, source, target)
        return body

    return shape


def firewall(body: Body) -> Body:
    """`allows` and `denies` of one protocol each."""
    for source, target in (("allows", "allowed"), ("denies", "denied")):
        if source in body:
            body[target] = [
                {"IPProtocol" if key == "protocol" else key: value for key, value in rule.items()}
                for rule in body.pop(source)
            ]
    return body


def nat(body: Body) -> Body:
    """A gateway is part of its router."""
    for subnet in body["subnetworks"]:
        move(subnet, "sourceIpRangesToNats", "sourceIpRangesToNat")
    return {"nats": [body]}


def template(body: Body) -> Body:
    """Everything but the name is a property of the machines."""
    name = body.pop("name", None) or body.pop("namePrefix")
    body.pop("namePrefix", None)
    body["disks"] = [_disk(disk) for disk in body["disks"]]
    body["tags"] = {"items": body["tags"]}
    body["metadata"] = {"items": [{"key": key, "value": value} for key, value in body["metadata"].items()]}
    body["serviceAccounts"] = [body.pop("serviceAccount")]
    for accelerator in body.get("guestAccelerators", []):
        move(accelerator, "type", "acceleratorType")
        move(accelerator, "count", "acceleratorCount")
    return {"name": name, "properties": body}


def _disk(disk: Body) -> Body:
    for key in ("sourceImage", "diskType", "diskSizeGb", "labels"):
        move(disk, key, f"initializeParams.{key}")
    move(disk, "diskEncryptionKey.kmsKeySelfLink", "diskEncryptionKey.kmsKeyName")
    return disk


def group(body: Body) -> Body:
    """Policies of a managed group, over one zone or several."""
    # Described as output only, though it is what clients have always sent: not proved here.
    body.pop("namedPorts", None)
    body["autoHealingPolicies"] = [body["autoHealingPolicies"]]
    for what in ("maxSurge", "maxUnavailable"):
        move(body, f"updatePolicy.{what}Fixed", f"updatePolicy.{what}.fixed")
    if "distributionPolicyZones" in body:
        zones = body.pop("distributionPolicyZones")
        body["distributionPolicy"] = {"zones": [{"zone": f"zones/{zone}"} for zone in zones]}
        move(body, "distributionPolicyTargetShape", "distributionPolicy.targetShape")
    if "statefulDisks" in body:
        kept = {disk["deviceName"]: {"autoDelete": disk["deleteRule"]} for disk in body.pop("statefulDisks")}
        body["statefulPolicy"] = {"preservedState": {"disks": kept}}
    return body


def backend(body: Body) -> Body:
    """One check, as a list."""
    body["healthChecks"] = [body["healthChecks"]]
    # Set by a request of its own, after the backend is there.
    body.pop("securityPolicy", None)
    move(body, "connectionDrainingTimeoutSec", "connectionDraining.drainingTimeoutSec")
    return body


def https_proxy(body: Body) -> Body:
    """Certificates of the certificate manager stand among the others, under its name."""
    ids = body.pop("certificateManagerCertificates")
    body["sslCertificates"] = [f"//certificatemanager.googleapis.com/{one}" for one in ids]
    return body


def bucket(body: Body) -> Body:
    """The access rules stand together."""
    move(body, "uniformBucketLevelAccess", "iamConfiguration.uniformBucketLevelAccess.enabled")
    move(body, "publicAccessPrevention", "iamConfiguration.publicAccessPrevention")
    rules = body.pop("lifecycleRules")
    for rule in rules:
        state = rule["condition"].pop("withState", None)
        if state:
            rule["condition"]["isLive"] = state == "LIVE"
    return body | {"lifecycle": {"rule": rules}}


def repository(body: Body) -> Body:
    """Policies by their id."""
    body["cleanupPolicies"] = {policy["id"]: policy for policy in body["cleanupPolicies"]}
    return body


def budget(body: Body) -> Body:
    """Of each label a list, of one value."""
    labels = body["budgetFilter"]["labels"]
    body["budgetFilter"]["labels"] = {key: [value] for key, value in labels.items()}
    return body


def grant(body: Body) -> Body:
    """A member of a role, as a policy."""
    return {"policy": {"bindings": [{"role": body["role"], "members": [body["member"]]}]}}


def bucket_grant(body: Body) -> Body:
    """A bucket's policy is the body itself."""
    return dict(grant(body)["policy"])


def account(body: Body) -> Body:
    """The id beside the account."""
    return {"accountId": body.pop("accountId"), "serviceAccount": body}


def role(body: Body) -> Body:
    """The id beside the role."""
    move(body, "permissions", "includedPermissions")
    return {"roleId": body.pop("roleId"), "role": body}


def secret_version(body: Body) -> Body:
    """The secret's value."""
    return {"payload": {"data": body["secretData"]}}


def nothing(body: Body) -> Body:
    """All that is said is in the address of the request."""
    return {}


database = moved(
    ("settings.diskType", "settings.dataDiskType"),
    ("settings.diskSize", "settings.dataDiskSizeGb"),
    ("settings.diskAutoresize", "settings.storageAutoResize"),
    ("settings.diskAutoresizeLimit", "settings.storageAutoResizeLimit"),
    ("encryptionKeyName", "diskEncryptionConfiguration.kmsKeyName"),
)
forwarding = moved(("ipAddress", "IPAddress"), ("ipProtocol", "IPProtocol"))
