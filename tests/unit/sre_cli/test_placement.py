"""What a cluster's pools cannot run is told before Nomad is asked."""

from __future__ import annotations

import pytest

from sre_cli.core.placement import refuse_misplaced
from sre_cli.errors import SpecError
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.job import JobSpec
from tests.engines import ROOT

LOCAL = ClusterSpec.load(ROOT / "stacks/clusters/local.yaml")


def job(**changes: object) -> JobSpec:
    return JobSpec.model_validate({"job": "toy", "image": "toy", "resources": {"memory_mib": 64}, **changes})


@pytest.mark.parametrize("env", ["local", "e2e", "aws-prod", "gcp-prod"])
def test_every_shipped_cluster_can_run_its_jobs(env: str) -> None:
    cluster = ClusterSpec.load(ROOT / f"stacks/clusters/{env}.yaml")
    for name in [*cluster.engine_jobs, *cluster.jobs]:
        refuse_misplaced(JobSpec.load(ROOT / f"nomad_jobs/{name}.yaml"), cluster)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"role": "gpu"}, "nomad_jobs/toy.yaml: role: no pool of local has 'gpu'"),
        ({"role": "worker", "home_zone": 2}, "home_zone: 2 is no zone of local's pools for it"),
        ({"home_zone": 5}, "home_zone: 5 is no zone"),
        ({"role": "worker", "count": 3, "zones": "one-each"}, "its pools stand in 2"),
        (
            {"role": "worker", "home_zone": 0, "volumes": [{"name": "data", "path": "/data"}]},
            "volumes: the pools for it (workers) may hold 4 machines in 2 zones",
        ),
    ],
)
def test_each_reason_is_named(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(SpecError) as caught:
        refuse_misplaced(job(**changes), LOCAL)
    assert complaint in caught.value.message
    assert "its pools have the roles api, data, edge, monitoring, worker" in (caught.value.hint or "")
