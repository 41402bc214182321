"""The real engines: one three-zone cluster for the whole test run, brought up by the product itself."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from sre_cli import wiring
from sre_cli.specs.outputs import Outputs

ENV = "e2e"
ROOT = Path(__file__).parents[1]
SRE = str(Path(sys.executable).with_name("sre"))


@dataclass(frozen=True)
class Engines:
    """What the services need to reach RabbitMQ, PostgreSQL, Redis and the object stores."""

    broker_url: str
    database_url: str
    redis_url: str
    objects_url: str
    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str
    fallback_objects_url: str
    fallback_s3_endpoint: str
    fallback_s3_access_key: str
    fallback_s3_secret_key: str


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
    """The cluster `e2e` with its engines, gone without a trace afterwards.

    With SRE_TEST_KEEP set, the one that is up is used and left: for somebody who writes tests.
    """
    require_engines()
    if os.environ.get("SRE_TEST_KEEP"):
        yield Outputs.load(ENV)
        return
    sre("infra", "destroy", ENV, "--yes")
    try:
        sre("infra", "up", ENV)
        sre("images", "build", timeout_s=1800)
        sre("deploy", *wiring.cluster_spec(ENV).engine_jobs, "--env", ENV)
        yield Outputs.load(ENV)
    finally:
        sre("infra", "destroy", ENV, "--yes", check=False)


def ask_nomad(outputs: Outputs, path: str) -> Any:
    """What Nomad's HTTP API answers to the cluster's operator."""
    headers = {"X-Nomad-Token": outputs.nomad_token()}
    trust = ssl.create_default_context(cafile=str(outputs.ca_file))
    return httpx.get(f"{outputs.nomad_url}{path}", headers=headers, verify=trust).raise_for_status().json()


def addresses(job: str) -> list[str]:
    """`host:port` of every container of the job: nodes are reached directly from a Linux host."""
    return sorted(check.address for check in wiring.catalog(ENV).checks(job))


def engines_of(outputs: Outputs) -> Engines:
    """Addresses from Consul, secrets from Nomad's variables. Of the broker, one member."""
    secret = ask_nomad(outputs, "/v1/var/nomad/jobs/api")["Items"]
    engines = ("postgres", "redis", "object-store", "object-store-fallback")
    (database,), (cache,), (store,), (fallback,) = (addresses(job) for job in engines)
    return Engines(
        broker_url=f"amqp://{secret['broker_user']}:{secret['broker_password']}@{addresses('rabbitmq')[0]}/",
        database_url=f"postgresql+asyncpg://{secret['database_user']}:{secret['database_password']}@{database}/"
        f"{secret['database_name']}",
        redis_url=f"redis://:{secret['cache_password']}@{cache}",
        objects_url=f"s3://{secret['s3_bucket']}",
        s3_endpoint=f"http://{store}",
        s3_access_key=secret["s3_access_key"],
        s3_secret_key=secret["s3_secret_key"],
        fallback_objects_url=f"s3://{secret['s3_fallback_bucket']}",
        fallback_s3_endpoint=f"http://{fallback}",
        fallback_s3_access_key=secret["s3_fallback_access_key"],
        fallback_s3_secret_key=secret["s3_fallback_secret_key"],
    )


def docker(*words: str) -> list[str]:
    """What the host's Docker prints; the nodes are its containers."""
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout.splitlines()


def containers(job: str, *words: str) -> list[tuple[str, str]]:
    """Node and id of every container of the job, by the nodes' own Docker engines."""
    asked = ("docker", "ps", "--quiet", "--no-trunc", "--filter", f"label=sre.job={job}", *words)
    nodes = [node.name for node in wiring.orchestrator(ENV).nodes() if node.status != "down"]
    return [(node, identity) for node in nodes for identity in docker("exec", node, *asked)]
