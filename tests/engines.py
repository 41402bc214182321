"""The real engines: one small cluster for the whole test run, brought up by the product itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from sre_cli.specs.outputs import Outputs

ENV = "e2e"
ROOT = Path(__file__).parents[1]
SRE = str(Path(sys.executable).with_name("sre"))


@dataclass(frozen=True)
class Engines:
    """What the services need to reach RabbitMQ, PostgreSQL and the object store."""

    broker_url: str
    database_url: str
    objects_url: str
    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str


def sre(*words: str, check: bool = True, timeout_s: float = 900) -> subprocess.CompletedProcess[str]:
    """Run `sre` as a user would."""
    answer = subprocess.run(
        [SRE, *words], cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False
    )
    if check and answer.returncode != 0:
        pytest.fail(f"sre {' '.join(words)} ended with {answer.returncode}\n{answer.stdout}\n{answer.stderr}")
    return answer


def require_engines() -> None:
    """Skip where a laptop has no engines; in CI that is a failure. Root may install what is missing."""
    mend = ["--fix"] if os.geteuid() == 0 else []
    findings = json.loads(sre("doctor", "--json", *mend, check=False, timeout_s=1800).stdout or "[]")
    missing = [f"{one['name']} ({one['mend']})" for one in findings if not one["is_sufficient"]]
    if findings and not missing:
        return
    reason = f"engines are missing: {', '.join(missing)}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def bring_up() -> Iterator[Outputs]:
    """The cluster `e2e` with its data services, gone without a trace afterwards."""
    require_engines()
    sre("infra", "destroy", ENV, "--purge")
    try:
        sre("infra", "up", ENV)
        sre("images", "build", timeout_s=1800)
        sre("deploy", "postgres", "rabbitmq", "object-store", "--env", ENV)
        yield Outputs.load(ENV)
    finally:
        sre("infra", "destroy", ENV, "--purge", check=False)


def ask_nomad(outputs: Outputs, path: str) -> Any:
    """What Nomad's HTTP API answers to the cluster's operator."""
    headers = {"X-Nomad-Token": outputs.nomad_token()}
    return httpx.get(f"{outputs.nomad_url}{path}", headers=headers).raise_for_status().json()


def engines_of(outputs: Outputs) -> Engines:
    """Addresses from the cluster's ports, secrets from its Nomad variables."""
    secret, offset = ask_nomad(outputs, "/v1/var/nomad/jobs/api")["Items"], outputs.port_offset
    broker = f"{secret['broker_user']}:{secret['broker_password']}@127.0.0.1:{5672 + offset}"
    database = f"{secret['database_user']}:{secret['database_password']}@127.0.0.1:{5432 + offset}"
    return Engines(
        broker_url=f"amqp://{broker}/",
        database_url=f"postgresql+asyncpg://{database}/{secret['database_name']}",
        objects_url=f"s3://{secret['s3_bucket']}",
        s3_endpoint=f"http://127.0.0.1:{7070 + offset}",
        s3_access_key=secret["s3_access_key"],
        s3_secret_key=secret["s3_secret_key"],
    )
