"""What a deploy would do, in words, before its difference. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sre_cli.core.deployment import Plan
from sre_cli.specs.job import JobSpec


def plan_words(plan: Plan, spec: JobSpec, version: str) -> Iterator[str]:
    """What runs now and where, what will run, how it is replaced and by what it is judged."""
    yield f"{plan.job}: {plan.now or 'nothing'} -> {version}, {_sizes(spec)}"
    if not plan.nodes:
        return
    nodes = sorted(Counter(plan.nodes).items())
    yield f"  now on {', '.join(f'{node} ({n} times)' if n > 1 else node for node, n in nodes)}"
    rollout = spec.rollout
    if not rollout.gates:
        yield "  one allocation after the other, in Nomad's order; health checks decide"
        return
    gates = ", ".join(f"{gate} at most {most:g}" for gate, most in rollout.gates.items())
    yield f"  one allocation after the other, in Nomad's order; the first is watched for {rollout.soak_s} s"
    yield f"  gates: {gates}"


def _sizes(spec: JobSpec) -> str:
    each = f" of {spec.scale} containers" if spec.scale > 1 else ""
    return f"{spec.count} allocation{'s' if spec.count > 1 else ''}{each}"
