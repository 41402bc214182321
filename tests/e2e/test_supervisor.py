"""Containers and their allocation on a real Nomad: nothing outlives it, nothing dies unnoticed."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sre_cli import wiring, wiring_deploy
from sre_cli.core.deployment import Allocation
from sre_cli.errors import DeployFailed, Refused
from sre_cli.flows.deploy import Outcome
from sre_cli.specs.job import JobSpec
from sre_cli.specs.outputs import Outputs
from tests.engines import ENV, containers, docker, sre

pytestmark = pytest.mark.engines
TOY = Path(__file__).parent / "toy"
VERSION = hashlib.sha256((TOY / "app.py").read_bytes()).hexdigest()[:12]
"""Nodes keep an image that they have under its tag."""


def spec_of(mode: str = "good", **changes: object) -> JobSpec:
    document = {
        "job": "toy",
        "image": "toy",
        "scale": 2,
        "stop_grace_s": 5,
        "env": {"MODE": mode},
        "health": {"interval_s": 1, "steady_s": 2, "deadline_s": 120},
        "resources": {"cpus": 1, "memory_mib": 64, "reserve_mhz": 50},
    }
    return JobSpec.model_validate({**document, **changes})


def deploy(spec: JobSpec) -> Outcome:
    target = wiring.target(spec, ENV, VERSION)
    return wiring_deploy.deployer(ENV, lambda _: None).run(spec, target, wiring.rendered(spec, target))


def toys(*extra: str) -> list[tuple[str, str]]:
    return containers("toy", *extra)


def inspect(toy: tuple[str, str], what: str) -> str:
    node, identity = toy
    return docker("exec", node, "docker", "inspect", "--format", what, identity)[0]


def processes(*words: str) -> list[int]:
    """Ids of the processes whose command line holds all `words` and this cluster's allocations."""
    allocations = [a.id for a in wiring.orchestrator(ENV).allocations("toy")]
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
        if all(word in line for word in words) and any(a in line for a in allocations):
            found.append(int(entry.name))
    return found


def eventually(holds: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.3)


@pytest.fixture(scope="module", autouse=True)
def toy_image(cluster: Outputs) -> Iterator[None]:
    base = f"services:{wiring.built_version('services')}"
    docker("build", "--quiet", "--build-arg", f"BASE_IMAGE={base}", "--tag", f"toy:{VERSION}", str(TOY))
    wiring.image_registry(ENV, print).push("toy", VERSION)
    yield
    docker("image", "rm", f"toy:{VERSION}")


@pytest.fixture(autouse=True)
def stopped_afterwards(toy_image: None) -> Iterator[None]:
    yield
    wiring.stopper(ENV, lambda _: None).run(spec_of())
    assert toys("--all") == []


def test_each_container_keeps_its_cpus_and_limits() -> None:
    deploy(spec_of())
    config = ("CpusetCpus", "Memory", "ReadonlyRootfs")
    limits = " ".join(f"{{{{.HostConfig.{field}}}}}" for field in config) + " {{.Config.User}}"
    found = [inspect(toy, limits) for toy in toys()]
    assert sorted(found) == [f"{cpu} {64 * 2**20} true 10001:10001" for cpu in (0, 1)]


def test_a_killed_container_comes_back_and_its_brother_is_not_touched() -> None:
    deploy(spec_of())
    victim, brother = toys()
    started = inspect(brother, "{{.State.StartedAt}}")
    docker("exec", victim[0], "docker", "kill", "--signal", "KILL", victim[1])
    eventually(lambda: set(toys()) == {victim, brother})
    assert inspect(brother, "{{.State.StartedAt}}") == started
    log = wiring.orchestrator(ENV).log
    (allocation,) = wiring.orchestrator(ENV).allocations("toy")[:1]
    eventually(lambda: log(allocation.id).count("toy: serving") == 3)
    assert "ended: Exited (137)" in log(allocation.id)


@pytest.mark.parametrize(
    "victims", [("docker-compose", "up"), ("supervisor.py", "run")], ids=["compose", "supervisor"]
)
def test_containers_live_on_when_their_keeper_is_killed(victims: tuple[str, ...]) -> None:
    deploy(spec_of())
    before = set(toys())
    for pid in processes(*victims):
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: len(processes("docker-compose", "up")) == 1)
    assert set(toys()) == before


def test_no_container_outlives_its_allocation_when_compose_is_killed_at_the_stop() -> None:
    deploy(spec_of())
    for pid in processes("docker-compose", "up"):
        os.kill(pid, signal.SIGKILL)
    wiring.stopper(ENV, lambda _: None).run(spec_of())
    assert toys("--all") == []


def test_on_stop_every_container_gets_sigterm_and_time_to_drain() -> None:
    deploy(spec_of())
    wiring.stopper(ENV, lambda _: None).run(spec_of())
    log = wiring.orchestrator(ENV).log(wiring.orchestrator(ENV).allocations("toy")[0].id)
    assert log.count("toy: draining") == log.count("toy: drained") == 2


def test_a_container_that_ignores_sigterm_is_killed_after_its_grace() -> None:
    deploy(spec_of("stubborn"))
    seconds = wiring.stopper(ENV, lambda _: None).run(spec_of("stubborn")).seconds
    assert 5 <= seconds < 60
    assert toys("--all") == []


def test_a_version_that_crashes_is_explained_and_undone() -> None:
    deploy(spec_of())
    with pytest.raises(DeployFailed, match="the version before runs again, healthy") as error:
        deploy(spec_of("crash"))
    assert "toy: cannot read the licence key" in str(error.value.detail)
    assert not deploy(spec_of()).changed


def test_a_version_that_is_never_ready_is_explained() -> None:
    spec = spec_of("unready", health={"interval_s": 1, "steady_s": 2, "deadline_s": 10})
    with pytest.raises(DeployFailed, match="it was stopped before, and is stopped again") as error:
        deploy(spec)
    assert "the model is not loaded" in str(error.value.detail)


def running_toys() -> list[Allocation]:
    return [
        one for one in wiring.orchestrator(ENV).allocations("toy") if one.status == "running" and one.wanted
    ]


def test_a_drained_machine_runs_nothing_until_it_is_asked_back() -> None:
    spec = spec_of(count=1, scale=1, role="worker")
    for job in ("face-match-worker", "face-liveness-worker", "document-ocr-worker"):  # need both machines
        sre("stop", job, "--env", ENV, check=False)
    deploy(spec)
    (before,) = running_toys()
    flow = wiring_deploy.drain(ENV, print, "a test")
    flow.specs = lambda jobs: {"toy": spec} if "toy" in jobs else {}
    try:
        assert flow.run(before.node).moved == ("toy",)
        (after,) = running_toys()
        assert after.node != before.node
        with pytest.raises(Refused, match="toy: other machines could take 0 of its 1"):
            flow.run(after.node)
    finally:
        sre("drain", before.node, "--env", ENV, "--undo")
    assert [one.job for one in wiring.nodes(ENV).placed(after.node)] == ["toy"]
    entries = json.loads(sre("history", f"node:{before.node}", "--env", ENV, "--json").stdout)
    assert [(one["action"], one["result"]) for one in entries[:2]] == [
        ("resume", "healthy"),
        ("drain", "healthy"),
    ]
