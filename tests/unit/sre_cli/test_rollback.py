"""What a job goes back to, and how."""

from __future__ import annotations

import pytest

from sre_cli.core.history import rollback_candidates
from sre_cli.errors import Refused, UsageError
from sre_cli.flows.deploy import Deploy
from sre_cli.flows.rollback import Rollback
from sre_cli.flows.supply import Supply
from sre_cli.specs.job import JobSpec
from tests.unit.sre_cli.fakes import FakeCatalog, FakeClock, FakeOrchestrator, FakeRegistry, check, deployment
from tests.unit.sre_cli.test_history import minutes, version

SPEC = JobSpec.model_validate({"job": "toy", "image": "toy", "scale": 3, "resources": {"memory_mib": 64}})
VERSIONS = [
    version(0, minutes(0)),
    version(1, minutes(1), stable=False),
    version(2, minutes(2), stops=True),
    version(3, minutes(3)),
]


def flow(nomad: FakeOrchestrator, *images: str) -> tuple[Rollback, FakeRegistry]:
    registry = FakeRegistry(held=set(images))
    deploy = Deploy(nomad, FakeCatalog([check(passing=True)]), FakeClock())
    return Rollback(deploy, lambda wanted: Supply(registry, wanted), "e2e"), registry


def test_it_goes_back_to_the_last_one_that_was_healthy() -> None:
    assert [one.number for one in rollback_candidates(VERSIONS, None)] == [0]
    assert [one.number for one in rollback_candidates(VERSIONS, 1)] == [1]


@pytest.mark.parametrize("to", [2, 7])
def test_a_version_that_is_not_there_is_told_with_those_that_are(to: int) -> None:
    with pytest.raises(UsageError) as caught:
        rollback_candidates(VERSIONS, to)
    assert caught.value.hint == "it remembers 3, 1, 0"


def test_the_job_is_registered_as_it_was() -> None:
    nomad = FakeOrchestrator(remembered=VERSIONS, rollouts={1: [deployment(1, "successful")]})
    rollback, _ = flow(nomad, "toy:v0")
    earlier = rollback.find("toy")
    assert (earlier.version.number, earlier.lines) == (0, ("~ job toy",))
    outcome = rollback.run(SPEC, earlier)
    assert (outcome.version, outcome.changed, nomad.registered) == ("v0", True, 1)


def test_what_runs_already_is_not_gone_back_to() -> None:
    rollback, _ = flow(FakeOrchestrator(remembered=VERSIONS, changes=()))
    with pytest.raises(Refused, match="no other version that was healthy") as caught:
        rollback.find("toy")
    assert caught.value.hint == "sre deploy toy --env e2e --version VERSION"
    assert rollback.find("toy", 3).lines == ()


def test_an_image_that_is_gone_is_told_before_anything_changes() -> None:
    nomad = FakeOrchestrator(remembered=VERSIONS)
    rollback, _ = flow(nomad)
    with pytest.raises(Refused, match="no image toy:v0"):
        rollback.run(SPEC, rollback.find("toy"))
    assert nomad.registered == 0


def test_a_job_that_nobody_knows_has_nothing_to_go_back_to() -> None:
    with pytest.raises(Refused):
        flow(FakeOrchestrator())[0].find("toy")
