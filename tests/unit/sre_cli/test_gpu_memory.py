"""Jobs that could meet on a GPU that does not hold them are told before anything is deployed."""

from __future__ import annotations

import pytest

from sre_cli.core.cluster_checks import Surroundings, refuse_mistakes
from sre_cli.core.gpu_memory import gpu_memory_mib, gpu_mistakes
from sre_cli.errors import SpecError
from sre_cli.specs.cluster import ClusterSpec, Pool
from sre_cli.specs.job import JobSpec
from sre_cli.specs.shapes import Gpus, PriceTable, Shape
from tests.engines import ROOT

GPUS = Gpus(model="T4", count=2, memory_mib=16000)
SHAPES = {
    "gpu-t4": Shape(type="g", vcpus=4, memory_mib=16384, gpus=GPUS, usd_h=1),
    "cpu": Shape(type="c", vcpus=4, memory_mib=16384, usd_h=1),
}
POOLS = {
    "gpus": Pool(shape="gpu-t4", roles=["worker"], min=1, max=2),
    "cpus": Pool(shape="cpu", roles=["worker", "api"], min=1, max=2),
}


def job(name: str, scale: int, memory_mib: int, devices: int = 1, role: str | None = "worker") -> JobSpec:
    resources = {"memory_mib": 64, "gpu": {"memory_mib": memory_mib, "devices": devices}}
    about = {"job": name, "image": "i", "scale": scale, "role": role}
    return JobSpec.model_validate({**about, "resources": resources})


def mistakes(*jobs: JobSpec) -> list[str]:
    return list(gpu_mistakes(POOLS, SHAPES, jobs))


def test_replicas_take_turns_on_the_devices() -> None:
    assert gpu_memory_mib(job("a", 3, 1000, devices=2)) == {0: 2000, 1: 1000}
    assert gpu_memory_mib(job("a", 1, 1000, devices=2)) == {0: 1000}


def test_what_fits_together_is_no_mistake() -> None:
    assert mistakes(job("a", 4, 2000), job("b", 4, 2000)) == []
    assert mistakes(job("a", 8, 2000), job("b", 8, 2000, role="api")) == [
        "pools: job b needs 1 GPU(s) with 16000 MiB (scale 8), and none of cpus has that"
    ]


@pytest.mark.parametrize(
    ("jobs", "told"),
    [
        (
            [job("a", 9, 2000)],
            "job a needs 1 GPU(s) with 18000 MiB (scale 9), and none of gpus, cpus has",
        ),
        ([job("a", 3, 100, devices=3)], "job a needs 3 GPU(s) with 100 MiB (scale 3)"),
        (
            [job("a", 5, 2000), job("b", 4, 2000)],
            "pools.gpus: a 10000, b 8000 MiB may meet on GPU 0 of one gpu-t4, which has 16000",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_the_figures(jobs: list[JobSpec], told: str) -> None:
    (mistake,) = mistakes(*jobs)
    assert told in mistake


def test_a_cluster_whose_jobs_do_not_fit_is_refused() -> None:
    cluster = ClusterSpec.load(ROOT / "stacks/clusters/aws-prod.yaml")
    jobs = {path.stem: JobSpec.load(path) for path in (ROOT / "nomad_jobs").glob("*.yaml")}
    greedy = job("face-match-worker", 4, 8000)
    prices = PriceTable.load(ROOT / "infra/clouds/aws.shapes.yaml")
    with pytest.raises(SpecError, match="job face-match-worker needs 1 GPU"):
        refuse_mistakes(cluster, "x.yaml", Surroundings(prices, jobs | {"face-match-worker": greedy}, []))
