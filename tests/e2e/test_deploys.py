"""Rolling deploys of the service itself under steady load: no request is lost, none is answered wrongly.

Before `test_main_path`, which stops the service: the port tests would share their queues with its workers.
"""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from sre_cli import wiring
from sre_cli.specs.outputs import Outputs
from tests.e2e.callers import callers
from tests.e2e.changes import change
from tests.e2e.test_supervisor import eventually
from tests.engines import ENV, ROOT, SRE, containers, docker, sre

pytestmark = pytest.mark.engines
JOBS = ("api", "face-match-worker")
LEVEL = "EKYC_LOG_LEVEL=debug"


@pytest.fixture(scope="module", autouse=True)
def everything_runs(front: Outputs) -> None:
    """Whatever tests before these have stopped."""
    sre("deploy", "--all", "--env", ENV)


def images_and_levels() -> list[tuple[str, str]]:
    """Of every container of the API, by node."""
    found = []
    for node, container in containers("api"):
        said = docker(
            "exec", node, "docker", "inspect", "--format", "{{.Config.Image}} {{json .Config.Env}}", container
        )
        image, _, variables = said[0].partition(" ")
        level = next((one for one in json.loads(variables) if one.startswith("EKYC_LOG_LEVEL=")), "")
        found.append((image, level))
    return sorted(found)


def status_of_rollout(job: str) -> str:
    nomad = wiring.orchestrator(ENV)
    newest = max(version.number for version in nomad.versions(job))
    rollout = nomad.deployment(job, newest)
    return rollout.status if rollout else ""


def test_rolling_deploys_lose_no_request(front: Outputs) -> None:
    with callers(front) as tally, ThreadPoolExecutor() as pool:
        time.sleep(5)
        outcomes = list(pool.map(change, JOBS))
        time.sleep(5)
    print(f"{tally.right} right, {tally.polled} polls")
    assert all(outcome.changed and outcome.healthy for outcome in outcomes)
    assert (tally.wrong, dict(tally.lost)) == ([], {})


def test_restarts_lose_no_request(front: Outputs) -> None:
    before = {container for job in JOBS for _, container in containers(job)}
    with callers(front) as tally:
        time.sleep(3)
        for job in JOBS:
            sre("restart", job, "--env", ENV, "--why", "a test")
        time.sleep(3)
    print(f"{tally.right} right, {tally.polled} polls")
    assert (tally.wrong, dict(tally.lost)) == ([], {})
    assert before.isdisjoint(container for job in JOBS for _, container in containers(job))
    (newest, *_) = json.loads(sre("history", "api", "--env", ENV, "--json").stdout)
    assert (newest["action"], newest["result"], newest["why"]) == ("restart", "healthy", "a test")


@contextmanager
def deploy_of_api_under_way() -> Iterator[subprocess.Popen[str]]:
    """Back to what the files say; its first new allocation is being watched."""
    words = [SRE, "deploy", "api", "--env", ENV]
    with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True) as running:
        try:
            eventually(lambda: status_of_rollout("api") == "paused")
            yield running
        finally:
            running.kill()


def test_ctrl_c_brings_back_what_ran(front: Outputs) -> None:
    before = images_and_levels()
    with callers(front) as tally, deploy_of_api_under_way() as interrupted:
        interrupted.send_signal(signal.SIGINT)
        _, told = interrupted.communicate(timeout=120)
    assert interrupted.returncode == 130
    assert "error: api: interrupted; the version before runs again, healthy" in told
    assert images_and_levels() == before
    assert (tally.wrong, dict(tally.lost)) == ([], {})


def test_a_deploy_whose_process_is_killed_is_found_and_ended_by_the_next(front: Outputs) -> None:
    with callers(front) as tally:
        time.sleep(5)
        with deploy_of_api_under_way() as doomed:
            doomed.kill()
        eventually(lambda: not wiring.ledger(ENV).held())
        sre("deploy", "--all", "--env", ENV)
    print(f"{tally.right} right, {tally.polled} polls")
    assert (tally.wrong, dict(tally.lost)) == ([], {})
    results = [one["result"] for one in json.loads(sre("history", "api", "--env", ENV, "--json").stdout)]
    assert results[:2] == ["healthy", "left alone"]
    assert LEVEL not in {level for _, level in images_and_levels()}
