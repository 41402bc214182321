"""Who changed what, on real Consul and Nomad: one at a time, written down, and found again."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sre_cli import wiring, wiring_deploy
from sre_cli.core.history import Change
from sre_cli.errors import DeployFailed, Refused
from sre_cli.specs.outputs import Outputs
from tests.e2e.test_supervisor import deploy, spec_of, toy_image, toys
from tests.engines import ENV, sre

__all__ = ["toy_image"]
pytestmark = pytest.mark.engines
HOLDER = f"""
import time
from sre_cli import wiring
from sre_cli.core.history import Change
with wiring.recorder({ENV!r}, "to be killed", print).recording(Change("toy", "deploy", "a", "b", ())):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def stopped_afterwards(toy_image: None) -> Iterator[None]:
    yield
    if any(state.job == "toy" and state.status != "stopped" for state in wiring.orchestrator(ENV).jobs()):
        wiring.stopper(ENV, lambda _: None).run(spec_of())


def told(*words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(sre("history", *words, "--env", ENV, "--json").stdout)
    return found


def test_a_deploy_its_failure_and_a_stop_are_told(cluster: Outputs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SRE_BY", "ada@desk")
    began = datetime.now(UTC)
    deploy(spec_of())
    with pytest.raises(DeployFailed):
        deploy(spec_of("crash"))
    wiring.stopper(ENV, lambda _: None, "enough").run(spec_of())
    ours = [one for one in told("toy") if datetime.fromisoformat(one["began_at"]) >= began]
    assert [(one["action"], one["result"], one["by"]) for one in ours] == [
        ("stop", "stopped", "ada@desk"),
        ("deploy", "failed", "ada@desk"),
        ("deploy", "healthy", "ada@desk"),
    ]
    assert ours[0]["why"] == "enough"
    assert "cannot read the licence key" in ours[1]["evidence"]
    assert len(ours[1]["nomad_versions"]) == 2  # the one that crashed, and the one that came back
    assert "ada@desk" in sre("history", "toy", "--env", ENV).stdout


def test_one_at_a_time_until_the_holder_dies(cluster: Outputs) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Refused, match=r"toy: is being changed: .*, deploy a -> b, .*to be killed"):
            deploy(spec_of())
        time.sleep(12)  # longer than a session lives by itself
        assert told("toy")[0]["result"] == "running"
        holder.kill()
    deadline = time.monotonic() + 60
    while wiring.ledger(ENV).held():
        assert time.monotonic() < deadline, "the lock outlived its holder"
        time.sleep(1)
    assert told("toy")[0]["result"] == "left alone"
    deploy(spec_of())


def test_what_was_done_without_sre_is_told(cluster: Outputs) -> None:
    deploy(spec_of())
    nomad = wiring.orchestrator(ENV)
    before = max(one.number for one in nomad.versions("toy"))
    nomad.stop("toy")
    newest = told("toy", "--since", "5m")[0]
    assert (newest["action"], newest["by"], newest["result"]) == ("stop", "somebody, without sre", "unknown")
    assert newest["nomad_versions"] == [before + 1]
    assert any(one["action"] == "config" and one["job"] == "api" for one in told("--since", "1d"))


def test_a_recording_ends_with_its_lock_gone(cluster: Outputs) -> None:
    with wiring.recorder(ENV, "", print).recording(Change("toy", "stop", "a", "", ())):
        assert list(wiring.ledger(ENV).held()) == ["toy"]
    assert wiring.ledger(ENV).held() == {}


def test_a_job_goes_back_to_what_ran_before(cluster: Outputs) -> None:
    deploy(spec_of())
    deploy(spec_of(env={"MODE": "good", "COLOUR": "red"}, scale=1))
    flow = wiring_deploy.rollback(ENV, lambda _: None, "red was wrong")
    earlier = flow.find("toy")
    assert any("COLOUR" in line for line in earlier.lines)
    assert flow.run(spec_of(scale=1), earlier).changed
    assert len(toys()) == 2
    newest = told("toy")[0]
    assert (newest["action"], newest["result"], newest["why"]) == ("rollback", "healthy", "red was wrong")
