"""Whatever is killed in the middle of a rollout: it ends whole, as the old version or the new one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from sre_cli import wiring
from sre_cli.errors import DeployFailed, Refused
from sre_cli.specs.job import JobSpec
from sre_cli.specs.outputs import Outputs
from tests.e2e.test_supervisor import deploy, eventually, inspect, processes, spec_of, toy_image, toys
from tests.engines import ENV, docker

__all__ = ["toy_image"]
pytestmark = pytest.mark.engines


def painted(colour: str, mode: str = "good") -> JobSpec:
    # Steady for so long that there is time to do harm.
    health = {"interval_s": 1, "steady_s": 8, "deadline_s": 60}
    return spec_of(mode, count=2, scale=1, env={"MODE": mode, "COLOUR": colour}, health=health)


@pytest.fixture(autouse=True)
def red_runs(cluster: Outputs, toy_image: None) -> Iterator[None]:
    deploy(painted("red"))
    yield
    wiring.stopper(ENV, lambda _: None).run(painted("red"))
    assert toys("--all") == []


def environments() -> dict[tuple[str, str], str]:
    """Of every container; one that goes while it is asked is left out."""
    found = {}
    for toy in toys():
        with suppress(subprocess.CalledProcessError):
            found[toy] = inspect(toy, "{{json .Config.Env}}")
    return found


def colours() -> set[str]:
    return {one for each in environments().values() for one in json.loads(each) if one.startswith("COLOUR=")}


def node_of_blue() -> str:
    """Where the first new container came up."""
    return next((node for (node, _), env in environments().items() if "COLOUR=blue" in env), "")


def kill_unit(unit: str) -> None:
    docker("exec", node_of_blue(), "systemctl", "kill", "--signal", "KILL", unit)


def kill_compose() -> None:
    for pid in processes("docker-compose", "up"):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    "harm",
    [lambda: kill_unit("docker"), lambda: kill_unit("nomad"), kill_compose],
    ids=["dockerd", "nomad-client", "compose"],
)
def test_a_rollout_ends_whole_whatever_is_killed(harm: Callable[[], None]) -> None:
    with ThreadPoolExecutor() as pool:
        rollout = pool.submit(deploy, painted("blue"))
        eventually(lambda: bool(node_of_blue()))
        harm()
        failure = rollout.exception(timeout=300)
    if failure is None:
        whole = {"COLOUR=blue"}
    else:
        assert isinstance(failure, DeployFailed), failure
        assert "the version before runs again, healthy" in failure.message
        whole = {"COLOUR=red"}
    eventually(lambda: len(toys()) == 2 and colours() == whole)
    eventually(lambda: all(check.passing for check in wiring.catalog(ENV).checks("toy")))


def test_of_two_deploys_at_once_one_is_refused_and_says_who_is_at_it() -> None:
    with ThreadPoolExecutor() as pool:
        first = pool.submit(deploy, painted("blue"))
        eventually(lambda: bool(wiring.ledger(ENV).held()))
        with pytest.raises(Refused, match=r"toy: is being changed: .*, deploy "):
            deploy(painted("green"))
        assert first.result(timeout=300).healthy
    assert colours() == {"COLOUR=blue"}


def test_what_fits_on_no_node_is_refused_and_nothing_is_changed() -> None:
    before = toys()
    too_large = painted("blue").model_copy(
        update={"resources": painted("blue").resources.model_copy(update={"memory_mib": 900_000})}
    )
    with pytest.raises(Refused, match=r"fits on no node, nothing was changed: .*memory"):
        deploy(too_large)
    assert toys() == before
