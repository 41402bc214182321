"""Consul's policies, tokens and the way for Nomad's jobs to get one of their own."""

from __future__ import annotations

import uuid
from typing import Any

from .api import Api, Refusal

AUTH_METHOD = "nomad-workloads"
TASKS = "nomad-tasks-default"
"""Role of tasks in Nomad's namespace `default`; what their templates may read."""
READ_CATALOG = 'node_prefix "" { policy = "read" }\nservice_prefix "" { policy = "read" }\n'
ACCESSORS = uuid.UUID("6a1d1b5e-6b57-4c5e-9d3c-0d4f3a6f3b8e")


def apply(consul: Api, env: str, bundle: dict[str, str]) -> None:
    """Make everything as it must be; what is so already stays. Raises Refusal: while there is no leader."""
    for name, rules in policies(env).items():
        _put_policy(consul, name, rules)
    _put_token(consul, "agent", bundle["consul_agent_token"])
    _put_token(consul, "nomad", bundle["consul_nomad_token"])
    _put_role(consul)
    _put_auth_method(consul, bundle["ca_pem"])
    for rule in BINDING_RULES:
        _put_binding_rule(consul, rule)


def policies(env: str) -> dict[str, str]:
    """Rules by name: an agent writes its own kind of nodes, Nomad its own services, a task nothing."""
    return {
        "agent": f'node_prefix "{env}-" {{ policy = "write" }}\nservice_prefix "" {{ policy = "read" }}\n'
        'key "sre/upgrade" { policy = "read" }\n',
        "nomad": f'agent_prefix "{env}-" {{ policy = "read" }}\n'
        'node_prefix "" { policy = "read" }\nservice_prefix "" { policy = "write" }\n',
        TASKS: f'{READ_CATALOG}agent_prefix "{env}-" {{ policy = "read" }}\n',
    }


# A service gets a token that may register it and nothing else; a task what the role says.
BINDING_RULES = (
    {"BindType": "service", "BindName": "${value.nomad_service}", "Selector": '"nomad_service" in value'},
    {
        "BindType": "role",
        "BindName": "nomad-tasks-${value.nomad_namespace}",
        "Selector": '"nomad_service" not in value',
    },
)


def _found(consul: Api, path: str) -> Any:
    """What is there; None where there is nothing."""
    try:
        return consul.ask("GET", path)
    except Refusal as answer:
        # Consul answers 403 to the question for an accessor that it does not know.
        if answer.code in (403, 404) and "not found" in answer.text.lower():
            return None
        raise


def _put_policy(consul: Api, name: str, rules: str) -> None:
    found, wanted = _found(consul, f"/v1/acl/policy/name/{name}"), {"Name": name, "Rules": rules}
    if found is None:
        consul.ask("PUT", "/v1/acl/policy", wanted)
    elif found["Rules"] != rules:
        consul.ask("PUT", f"/v1/acl/policy/{found['ID']}", wanted | {"ID": found["ID"]})


def _put_token(consul: Api, policy: str, secret: str) -> None:
    # The secret of a token cannot change: a new secret is a new token beside the old.
    accessor = str(uuid.uuid5(ACCESSORS, secret))
    if _found(consul, f"/v1/acl/token/{accessor}") is None:
        token = {
            "AccessorID": accessor,
            "SecretID": secret,
            "Description": policy,
            "Policies": [{"Name": policy}],
        }
        consul.ask("PUT", "/v1/acl/token", token)


def _put_role(consul: Api) -> None:
    if _found(consul, f"/v1/acl/role/name/{TASKS}") is None:
        consul.ask("PUT", "/v1/acl/role", {"Name": TASKS, "Policies": [{"Name": TASKS}]})


def _put_auth_method(consul: Api, ca_pem: str) -> None:
    config = {
        # Whichever server leads asks the Nomad beside it.
        "JWKSURL": "https://127.0.0.1:4646/.well-known/jwks.json",
        "JWKSCACert": ca_pem,
        "JWTSupportedAlgs": ["RS256"],
        "BoundAudiences": ["consul.io"],
        "ClaimMappings": {
            key: key for key in ("nomad_namespace", "nomad_job_id", "nomad_task", "nomad_service")
        },
    }
    found = _found(consul, f"/v1/acl/auth-method/{AUTH_METHOD}")
    wanted = {"Name": AUTH_METHOD, "Type": "jwt", "Config": config}
    if found is None:
        consul.ask("PUT", "/v1/acl/auth-method", wanted)
    elif found["Config"].get("JWKSCACert") != ca_pem:
        consul.ask("PUT", f"/v1/acl/auth-method/{AUTH_METHOD}", wanted)


def _put_binding_rule(consul: Api, rule: dict[str, str]) -> None:
    known = consul.ask("GET", f"/v1/acl/binding-rules?authmethod={AUTH_METHOD}") or []
    if not any(one["BindName"] == rule["BindName"] for one in known):
        consul.ask("PUT", "/v1/acl/binding-rule", {"AuthMethod": AUTH_METHOD, **rule})
