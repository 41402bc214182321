"""Specs of the local cloud for tests."""

from __future__ import annotations

from typing import Any

from sre_cli.specs.cluster import ClusterSpec, Pool
from tests.engines import ROOT

SPEC = ClusterSpec.load(ROOT / "stacks/clusters/local.yaml")


def pools(**more: dict[str, Any]) -> ClusterSpec:
    """The spec of `local` with other pools beside its own."""
    added = {
        name: Pool.model_validate({"shape": "node-small", "roles": ["x"], **pool})
        for name, pool in more.items()
    }
    return SPEC.model_copy(update={"pools": {**SPEC.pools, **added}})
