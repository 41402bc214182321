"""Secrets made on the cluster and kept in Nomad's own variables: each job reads its own path."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping

Items = dict[str, str]

ENGINES = ("postgres", "rabbitmq", "object-store")


def variable_path(job: str) -> str:
    """The only path that Nomad lets `job` read."""
    return f"nomad/jobs/{job}"


def plan_variables(
    known: Mapping[str, Items], callers: Iterable[str], token: Callable[[int], str] = secrets.token_hex
) -> dict[str, Items]:
    """What each job's variable should hold: secrets that exist stay, missing ones are made.

    A caller gets copies of what it needs of each engine, and keeps what people gave it besides.
    Tokens are hexadecimal, so they go into a URL as they are.
    """
    engines = {
        "postgres": {"user": "ekyc", "password": token(24), "database": "ekyc"},
        "rabbitmq": {"user": "ekyc", "password": token(24)},
        "object-store": {"access_key": token(10), "secret_key": token(20), "bucket": "ekyc-images"},
    }
    held = {job: {**made, **known.get(job, {})} for job, made in engines.items()}
    copies = _copies(held)
    return held | {job: {**known.get(job, {}), **copies} for job in callers}


def _copies(held: Mapping[str, Items]) -> Items:
    postgres, rabbitmq, store = (held[engine] for engine in ENGINES)
    return {
        "broker_user": rabbitmq["user"],
        "broker_password": rabbitmq["password"],
        "database_user": postgres["user"],
        "database_password": postgres["password"],
        "database_name": postgres["database"],
        "s3_access_key": store["access_key"],
        "s3_secret_key": store["secret_key"],
        "s3_bucket": store["bucket"],
    }
