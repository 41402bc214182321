"""The service on the test cluster."""

from __future__ import annotations

import json

import pytest

from sre_cli import wiring
from sre_cli.specs.outputs import Outputs
from tests.engines import ENV, sre


@pytest.fixture(scope="session")
def front(cluster: Outputs) -> Outputs:
    """The cluster with every job on it, reached as callers reach it."""
    answer = sre("deploy", "--all", "--env", ENV, "--json")
    outcomes = [json.loads(line) for line in answer.stdout.splitlines()]
    spec = wiring.cluster_spec(ENV)
    assert {outcome["job"] for outcome in outcomes} == {*spec.engine_jobs, *spec.jobs}
    assert all(outcome["healthy"] for outcome in outcomes)
    return cluster
