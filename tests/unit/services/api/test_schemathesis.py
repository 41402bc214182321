"""Schemathesis makes requests of the OpenAPI documents, right and wrong ones: every answer is as described,
none of them a 5xx."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from services import probe
from services.api.admin import PATH
from tests.unit.services.test_processes import CLEAN, free_port

ROOT = Path(__file__).parents[4]
TOKEN = "an-operators-token"
BOUNDS = ("--max-examples", "15", "--seed", "1", "--generation-database", "none")
UNSAID = ("--exclude-checks", "positive_data_acceptance")
"""Whether an image shows a face, and whether a tenant is there, is not for a schema to say."""


@dataclass(frozen=True)
class Served:
    """A running embedded service that asks for keys."""

    url: str
    key: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    port = free_port()
    env = CLEAN | {
        "PORT": str(port),
        "EKYC_AUTH": "required",
        "EKYC_ADMIN_TOKEN": TOKEN,
        "EKYC_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "EKYC_DRAIN_WAIT_S": "0",
        "EKYC_THREADS": "1",
        "EKYC_ANSWER_WITHIN_S": "1",  # a document takes longer, and nobody here waits for what it says
    }
    command = [sys.executable, "-m", "services", "embedded"]
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not probe.ready("127.0.0.1", port) and time.monotonic() < deadline:
            time.sleep(0.1)
        url = f"http://127.0.0.1:{port}"
        yield Served(url, _key(url))
        process.kill()


def test_the_api_answers_as_described(served: Served, tmp_path: Path) -> None:
    _conforms(f"{served.url}/openapi.json", served.key, tmp_path)
    counted = httpx.get(f"{served.url}/metrics").text
    assert 'ekyc_http_requests_total{route="/v1/face-match",status="200",tier="standard"}' in counted


def test_the_administration_answers_as_described(served: Served, tmp_path: Path) -> None:
    _conforms(f"{served.url}{PATH}/openapi.json", TOKEN, tmp_path)


def _conforms(document: str, token: str, folder: Path) -> None:
    """Run it as a user would, because its plugin lags behind pytest. What it writes stays in `folder`."""
    words = ("run", document, "--header", f"Authorization: Bearer {token}", *BOUNDS, *UNSAID)
    env = os.environ | {"SCHEMATHESIS_HOOKS": "tests.unit.services.photographs", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "schemathesis.cli", *words]
    answer = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert answer.returncode == 0, answer.stdout


def _key(url: str) -> str:
    with httpx.Client(base_url=f"{url}{PATH}", headers={"Authorization": f"Bearer {TOKEN}"}) as operator:
        limits = {"rate_rps": 10_000, "burst": 100_000}
        operator.post("/tenants", json={"name": "acme", **limits}).raise_for_status()
        key: str = operator.post("/tenants/acme/keys").raise_for_status().json()["key"]
        return key
