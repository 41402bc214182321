"""ClusterSpec: one environment, written by people in `stacks/clusters/<env>.yaml`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sre_cli.specs.base import Spec
from sre_cli.specs.job import KebabId


class ClusterSpec(Spec):
    """Where the jobs of an environment run."""

    env: KebabId
    cloud: Literal["local"]
    port_offset: int = Field(default=0, ge=0, le=10000, multiple_of=1000)
    """Added to every port of the engines and jobs, so that local clusters can stand side by side.

    All fixed ports differ in their last three digits and stay below 20000; from there on, each
    cluster has a thousand for the jobs that name none: no two clusters can meet."""
    data_jobs: list[KebabId] = Field(default_factory=list)
    """Jobs that the services need first, in order of deployment."""
    jobs: list[KebabId] = Field(default_factory=list)
    """Jobs that serve, in order of deployment."""
