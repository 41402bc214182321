"""Secrets made on the cluster and kept in Nomad's own variables: each job reads its own path."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping

Items = dict[str, str]

ENGINES = ("postgres", "redis", "rabbitmq", "object-store", "object-store-fallback")
HOLDERS = (*ENGINES, "sealing")
"""Whose secrets are made here. `sealing` is no job, only the place of the keys that seal what rests."""


def variable_path(job: str) -> str:
    """The only path that Nomad lets `job` read."""
    return f"nomad/jobs/{job}"


def plan_variables(
    known: Mapping[str, Items],
    callers: Iterable[str],
    given: Mapping[str, Items] | None = None,
    token: Callable[[int], str] = secrets.token_hex,
) -> dict[str, Items]:
    """What each job's variable should hold: secrets that exist stay, missing ones are made.

    A caller gets copies of what it needs of each engine, and keeps what people gave it besides; the API
    alone gets the token that opens its administration.
    `given`, by job, is what the stack decides and replaces what was there: `cert_pem` and `key_pem` of
    `ingress`, `ca_pem` of `prometheus`, and of a managed engine its password and address (`host`, `port`;
    of an object store `endpoint`, `region`, `bucket` and keys).
    Tokens are hexadecimal, so they go into a URL as they are.
    """
    given = given or {}
    made_here = {
        "postgres": {"user": "ekyc", "password": token(24), "database": "ekyc"},
        "redis": {"password": token(24)},
        "rabbitmq": {"user": "ekyc", "password": token(24), "cookie": token(24)},
        "object-store": _store(token),
        "object-store-fallback": _store(token),
        "sealing": {"keys": f"k1:{b64encode(bytes.fromhex(token(32))).decode()}"},
    }
    held = {job: {**made, **known.get(job, {}), **given.get(job, {})} for job, made in made_here.items()}
    copies = _copies(held)
    own = {"api": {"admin_token": token(32)}}
    others = {*callers, *given} - set(held)
    return held | {
        job: {**own.get(job, {}), **known.get(job, {}), **copies, **given.get(job, {})}
        for job in sorted(others)
    }


def _store(token: Callable[[int], str]) -> Items:
    # The region is part of a signature; a server on the nodes goes by this name.
    return {"access_key": token(10), "secret_key": token(20), "bucket": "ekyc-images", "region": "us-east-1"}


def _copies(held: Mapping[str, Items]) -> Items:
    postgres, redis, rabbitmq = (held[engine] for engine in ("postgres", "redis", "rabbitmq"))
    return {
        "broker_user": rabbitmq["user"],
        "broker_password": rabbitmq["password"],
        "database_user": postgres["user"],
        "database_password": postgres["password"],
        "database_name": postgres["database"],
        "cache_password": redis["password"],
        "sealing_keys": held["sealing"]["keys"],
        **_renamed("s3", held["object-store"]),
        **_renamed("s3_fallback", held["object-store-fallback"]),
        **_address("database", postgres),
        **_address("cache", redis),
    }


def _renamed(caller_name: str, store: Items) -> Items:
    return {f"{caller_name}_{key}": value for key, value in store.items()}


def _address(caller_name: str, engine: Items) -> Items:
    """Of a managed engine; one that runs on nodes is found in Consul."""
    return {f"{caller_name}_{key}": engine[key] for key in ("host", "port") if key in engine}
