"""The stop flow waits for the last container and not for ever."""

from __future__ import annotations

import pytest

from sre_cli.errors import DeployFailed
from sre_cli.flows.stop import Stop, Stopped
from sre_cli.specs.job import JobSpec
from tests.unit.sre_cli.fakes import FakeClock, FakeOrchestrator, allocation

SPEC = JobSpec.model_validate({"job": "toy", "image": "toy", "resources": {"memory_mib": 64}})


def test_stop_ends_when_every_allocation_has() -> None:
    nomad = FakeOrchestrator(placed=[allocation(status="complete"), allocation(status="lost")])
    assert Stop(nomad, FakeClock(), print).run(SPEC) == Stopped("toy", 0)
    assert nomad.stopped == ["toy"]


def test_what_does_not_drain_is_named() -> None:
    nomad = FakeOrchestrator(placed=[allocation(3)])
    with pytest.raises(DeployFailed, match="still running: 00000003 on node-a") as error:
        Stop(nomad, FakeClock(), lambda _: None, env="e2e").run(SPEC)
    assert error.value.hint == "sre logs toy --env e2e"
