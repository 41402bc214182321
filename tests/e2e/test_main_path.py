"""The main job on real engines, typed as an SRE would type it."""

from __future__ import annotations

import asyncio
import json
import subprocess
from dataclasses import dataclass

import httpx
import pytest

from sre_cli.core.pairs import Pair
from sre_cli.specs.outputs import Outputs
from tests.engines import ENV, ask_nomad, sre
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


def workers() -> list[str]:
    words = [
        "docker",
        "ps",
        "-q",
        "--filter",
        "label=sre.job=face-match-worker",
        "--filter",
        f"label=sre.env={ENV}",
    ]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()


@pytest.fixture(scope="module")
def api_url(cluster: Outputs) -> str:
    answer = sre("deploy", *JOBS, "--env", ENV, "--json")
    outcomes = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [outcome["job"] for outcome in outcomes] == list(JOBS)
    assert all(outcome["healthy"] for outcome in outcomes)
    return f"http://{outcomes[0]['addresses'][0]}"


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


async def send_all(api_url: str, tally: Tally) -> None:
    """Closed load of a few clients; one worker is killed when a quarter is answered."""
    pairs = face_pairs()
    turns = iter(range(REQUESTS))
    async with httpx.AsyncClient(base_url=api_url, timeout=60) as client:

        async def client_loop() -> None:
            for turn in turns:
                if turn == REQUESTS // 4:
                    await asyncio.to_thread(kill_one_worker)
                await ask(client, pairs[turn % len(pairs)], tally)

        await asyncio.gather(*(client_loop() for _ in range(CONCURRENCY)))


def kill_one_worker() -> None:
    subprocess.run(["docker", "kill", "--signal", "KILL", workers()[0]], check=True, capture_output=True)


def test_200_requests_survive_the_death_of_a_worker(api_url: str) -> None:
    assert len(workers()) == 2
    tally = Tally()
    asyncio.run(send_all(api_url, tally))
    assert tally.wrong is None
    assert tally.right == REQUESTS


def test_a_second_deploy_of_the_same_version_changes_nothing(api_url: str) -> None:
    before = workers()
    for line in sre("deploy", *JOBS, "--env", ENV, "--json").stdout.splitlines():
        assert json.loads(line)["changed"] is False
    assert workers() == before
    assert "nothing to change" in sre("deploy", "api", "--env", ENV, "--plan").stdout


def test_the_plan_shows_what_a_version_would_change(api_url: str) -> None:
    plan = sre("deploy", "api", "--version", "0123456789ab", "--env", ENV, "--plan").stdout
    assert "image: services:0123456789ab" in plan


def test_jobs_and_logs_show_what_runs(api_url: str) -> None:
    rows = {row["job"]: row for row in json.loads(sre("jobs", "--env", ENV, "--json").stdout)}
    assert (rows["api"]["healthy"], rows["api"]["containers"]) == (1, 1)
    assert (rows["face-match-worker"]["healthy"], rows["face-match-worker"]["containers"]) == (2, 2)
    assert "replica-0" in sre("logs", "face-match-worker", "--env", ENV).stdout


def test_no_secret_is_in_the_job(api_url: str, cluster: Outputs) -> None:
    job = json.dumps(ask_nomad(cluster, "/v1/job/api"))
    secrets = ask_nomad(cluster, "/v1/var/nomad/jobs/api")["Items"]
    assert all(secrets[name] not in job for name in secrets if "password" in name or "secret" in name)


def test_stop_leaves_no_container(api_url: str) -> None:
    sre("stop", *JOBS, "--env", ENV)
    assert workers() == []
