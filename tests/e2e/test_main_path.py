"""The main job on real engines, typed as an SRE would type it."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import Counter
from dataclasses import dataclass

import httpx
import pytest

from sre_cli.core.pairs import Pair
from sre_cli.specs.outputs import Outputs
from tests.e2e.tenant import authorization
from tests.engines import ENV, ask_nomad, containers, docker, sre
from tests.faces import face_pairs

pytestmark = pytest.mark.engines
JOBS = ("api", "face-match-worker")
REQUESTS = 200
CONCURRENCY = 4


@dataclass
class Tally:
    """How the requests ended."""

    right: int = 0
    polled: int = 0
    wrong: list[str] | None = None


def workers() -> list[tuple[str, str]]:
    return containers("face-match-worker")


async def ask(client: httpx.AsyncClient, pair: Pair, tally: Tally) -> None:
    files = {"image_a": pair.a.read_bytes(), "image_b": pair.b.read_bytes()}
    answer = await client.post("/v1/face-match", files=files)
    while answer.status_code in (200, 202) and answer.json()["status"] == "pending":
        tally.polled += 1
        await asyncio.sleep(0.5)
        answer = await client.get(f"/v1/checks/{answer.json()['id']}")
    if answer.status_code == 200 and answer.json()["result"]["match"] is pair.same:
        tally.right += 1
    else:
        tally.wrong = [*(tally.wrong or []), f"{pair}: {answer.status_code} {answer.text}"]


async def send_all(front: Outputs, tally: Tally) -> None:
    """Closed load of a few clients; one worker is killed when a quarter is answered."""
    pairs = face_pairs()
    turns = iter(range(REQUESTS))
    trust = ssl.create_default_context(cafile=str(front.ca_file))
    headers = authorization(front)
    async with httpx.AsyncClient(base_url=front.api_url, headers=headers, timeout=60, verify=trust) as client:

        async def client_loop() -> None:
            for turn in turns:
                if turn == REQUESTS // 4:
                    await asyncio.to_thread(kill_one_worker)
                await ask(client, pairs[turn % len(pairs)], tally)

        await asyncio.gather(*(client_loop() for _ in range(CONCURRENCY)))


def kill_one_worker() -> None:
    node, identity = workers()[0]
    docker("exec", node, "docker", "kill", "--signal", "KILL", identity)


def test_200_requests_survive_the_death_of_a_worker(front: Outputs) -> None:
    # Two allocations of two, in two zones.
    assert list(Counter(node for node, _ in workers()).values()) == [2, 2]
    tally = Tally()
    asyncio.run(send_all(front, tally))
    assert tally.wrong is None
    assert tally.right == REQUESTS


def test_a_second_deploy_of_the_same_version_changes_nothing(front: Outputs) -> None:
    before = workers()
    for line in sre("deploy", *JOBS, "--env", ENV, "--json").stdout.splitlines():
        assert json.loads(line)["changed"] is False
    assert workers() == before
    assert "nothing to change" in sre("deploy", "api", "--env", ENV, "--plan").stdout


def test_the_plan_shows_what_a_version_would_change(front: Outputs) -> None:
    plan = sre("deploy", "api", "--version", "0123456789ab", "--env", ENV, "--plan").stdout
    assert "/services:0123456789ab" in plan


def test_jobs_and_logs_show_what_runs(front: Outputs) -> None:
    rows = {row["job"]: row for row in json.loads(sre("jobs", "--env", ENV, "--json").stdout)}
    assert (rows["api"]["healthy"], rows["api"]["containers"]) == (3, 3)
    assert (rows["face-match-worker"]["healthy"], rows["face-match-worker"]["containers"]) == (4, 4)
    assert "replica-0" in sre("logs", "face-match-worker", "--env", ENV).stdout


def test_no_secret_is_in_the_job(front: Outputs) -> None:
    job = json.dumps(ask_nomad(front, "/v1/job/api"))
    secrets = ask_nomad(front, "/v1/var/nomad/jobs/api")["Items"]
    hidden = [name for name in secrets if any(word in name for word in ("password", "secret", "token"))]
    assert "admin_token" in hidden
    assert all(secrets[name] not in job for name in hidden)


def test_the_ingress_lets_callers_with_keys_in_and_nobody_to_the_operators_paths(front: Outputs) -> None:
    trust = ssl.create_default_context(cafile=str(front.ca_file))
    headers = authorization(front)
    with httpx.Client(base_url=front.api_url, verify=trust) as client:
        assert client.get("/v1/usage").status_code == 401
        assert client.get("/v1/usage", headers=headers).json()["billable"] >= 0
        for path in ("/metrics", "/admin/v1/tenants", "/%61dmin/v1/tenants"):
            assert client.get(path, headers=headers).status_code == 404


def test_stop_leaves_no_container(front: Outputs) -> None:
    sre("stop", *JOBS, "--env", ENV)
    assert workers() == []
