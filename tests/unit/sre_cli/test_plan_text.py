"""What `sre deploy --plan` says before it shows the difference."""

from __future__ import annotations

from sre_cli.core.deployment import Plan
from sre_cli.core.plan_text import plan_words
from sre_cli.specs.job import JobSpec

SPEC = JobSpec.model_validate({"job": "toy", "image": "toy", "resources": {"memory_mib": 64}})
GATED = JobSpec.model_validate(
    {
        "job": "toy",
        "image": "toy",
        "count": 2,
        "scale": 4,
        "resources": {"memory_mib": 64},
        "rollout": {"soak_s": 45, "gates": {"http-errors-ratio": 0.01, "queue-age-s": 60}},
    }
)


def test_a_job_that_does_not_run_yet_is_just_started() -> None:
    assert list(plan_words(Plan("toy", ("+ job",), 0), SPEC, "v1")) == ["toy: nothing -> v1, 1 allocation"]


def test_a_job_that_runs_is_told_with_its_nodes_and_gates() -> None:
    plan = Plan("toy", ("~ job",), 7, now="v1", nodes=("node-a", "node-b"))
    assert list(plan_words(plan, GATED, "v2")) == [
        "toy: v1 -> v2, 2 allocations of 4 containers",
        "  now on node-a, node-b",
        "  one allocation after the other, in Nomad's order; the first is watched for 45 s",
        "  gates: http-errors-ratio at most 0.01, queue-age-s at most 60",
    ]


def test_without_gates_health_checks_decide() -> None:
    plan = Plan("toy", ("~ job",), 7, now="v1", nodes=("node-a", "node-a"))
    assert list(plan_words(plan, SPEC, "v2"))[1:] == [
        "  now on node-a (2 times)",
        "  one allocation after the other, in Nomad's order; health checks decide",
    ]
