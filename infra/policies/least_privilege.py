"""Identities may do what is written out: no wildcard, no basic role, nobody at large."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.policy import Finding, Resource, of_kind

AWS_DOCUMENTS = {
    "aws:iam:Policy": "policy",
    "aws:iam:RolePolicy": "policy",
    "aws:iam:UserPolicy": "policy",
    "aws:iam:GroupPolicy": "policy",
    "aws:iam:Role": "assumeRolePolicy",
    "aws:s3:BucketPolicy": "policy",
    "aws:secretsmanager:SecretPolicy": "policy",
    "aws:ecr:RepositoryPolicy": "policy",
    "aws:sns:TopicPolicy": "policy",
    "aws:sqs:QueuePolicy": "policy",
}
HOLDERS = (
    "aws:iam:Role",
    "aws:iam:RolePolicyAttachment",
    "aws:iam:UserPolicyAttachment",
    "aws:iam:GroupPolicyAttachment",
    "aws:iam:PolicyAttachment",
)
"""What managed policies are attached by, or to."""
WITHOUT_RESOURCE = ("Describe", "List", "GetAuthorizationToken", "PutMetricData")
"""Actions that AWS cannot limit to a resource begin like this."""
BROAD = ("AdministratorAccess", "PowerUserAccess", "FullAccess")
BASIC_ROLES = {"roles/owner", "roles/editor", "roles/viewer", "roles/secretmanager.secretAccessor"}
"""Too much for a whole project; secrets are granted one by one."""
PUBLIC = {"allUsers", "allAuthenticatedUsers"}


def findings(plan: Sequence[Resource]) -> Iterator[Finding]:
    """Grants that are wider than they need to be."""
    for resource in of_kind(plan, *AWS_DOCUMENTS):
        for statement in _statements(resource.properties.get(AWS_DOCUMENTS[resource.kind])):
            yield from ((resource, mistake) for mistake in _mistakes(statement))
    for role in of_kind(plan, "aws:iam:Role"):
        for inline in role.parts("inlinePolicies"):
            yield from ((role, wide) for one in _statements(inline.get("policy")) for wide in _mistakes(one))
    for holder in of_kind(plan, *HOLDERS):
        arns = [holder.properties.get("policyArn"), *_listed(holder.properties.get("managedPolicyArns"))]
        yield from ((holder, f"{arn} is too broad") for arn in arns if str(arn).endswith(BROAD))
    yield from _gcp(plan)


def _statements(document: Any) -> list[Mapping[str, Any]]:
    try:
        read = json.loads(document) if isinstance(document, str) else document
    except ValueError:
        return []  # unknown until the resources that it names are made
    found = read.get("Statement", []) if isinstance(read, Mapping) else []
    statements = found if isinstance(found, list) else [found]
    return [one for one in statements if one.get("Effect") == "Allow"]


def _mistakes(statement: Mapping[str, Any]) -> Iterator[str]:
    actions = _listed(statement.get("Action"))
    wild = [action for action in actions if "*" in action]
    if wild:
        yield f"wildcard action {', '.join(wild)}"
    limited = [one for one in actions if not one.partition(":")[2].startswith(WITHOUT_RESOURCE)]
    if "*" in _listed(statement.get("Resource")) and limited and "Condition" not in statement:
        yield f"wildcard resource for {', '.join(limited)}"
    for exclusion in ("NotAction", "NotResource", "NotPrincipal"):
        if exclusion in statement:
            yield f"{exclusion} allows everything but what it names"
    principal = statement.get("Principal")
    named = principal.values() if isinstance(principal, Mapping) else [principal]
    if any("*" in _listed(one) for one in named):
        yield "everybody is allowed"


def _gcp(plan: Sequence[Resource]) -> Iterator[Finding]:
    for grant in (one for one in plan if one.type.startswith("gcp:") and "iam" in one.type.lower()):
        members = {grant.properties.get("member"), *_listed(grant.properties.get("members"))}
        if members & PUBLIC:
            yield grant, "everybody is allowed"
        role = str(grant.properties.get("role"))
        if grant.kind.startswith("gcp:projects:") and (role in BASIC_ROLES or role.endswith("dmin")):
            yield grant, f"{role} is too broad for a whole project"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []
