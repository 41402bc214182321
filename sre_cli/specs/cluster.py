"""ClusterSpec: one environment, written by people in `stacks/clusters/<env>.yaml`."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from sre_cli.specs.base import Spec, file_id_mistakes
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

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Self:
        # A file copied and not renamed inside would bring down, or purge, the cluster it was copied from.
        if mistakes := file_id_mistakes("env", self.env, info.context):
            raise ValueError("; ".join(mistakes))
        return self
