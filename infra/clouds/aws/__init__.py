"""AWS: the cluster as auto-scaling groups in private subnets, with managed engines beside them.

Every file is one component. `cluster` puts them together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.identity import Identity
from sre_cli.errors import SpecError
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.job import JobSpec
from sre_cli.specs.paths import project_root
from sre_cli.specs.shapes import PriceTable

LONGEST_ENV = 14
"""A load balancer's name has 32 characters: `<env>-operators`, and eight of Pulumi's."""
LONGEST_POOL = 56
"""A role's has 64: `<env>-<pool>`, and eight of Pulumi's."""
LEAST_DATABASE_GIB = 20
"""RDS makes no smaller gp3 storage."""


class Aws:
    """`infra.cloud.Cloud` on AWS."""

    def prepare(self, spec: ClusterSpec) -> None:
        """Raises SpecError, UsageError or EngineUnavailable: when `up` could not succeed from here."""
        from infra.clouds.aws.credentials import check_credentials, check_region

        mistakes = list(_refused(spec))
        if mistakes:
            raise SpecError("; ".join(mistakes), hint="AWS would refuse it halfway through `up`")
        check_credentials()
        check_region(spec.region)

    def build(self, spec: ClusterSpec, prices: PriceTable, identity: Identity) -> Mapping[str, Any]:
        """Declare every resource."""
        from infra.clouds.aws.cluster import declare

        return declare(spec, prices, identity, job_images())


def _refused(spec: ClusterSpec) -> Iterator[str]:
    """What is well said in the spec, and yet nothing that AWS would make."""
    env, postgres = spec.env, spec.data.postgres
    if len(env) > LONGEST_ENV:
        yield f"env: {env!r} is longer than {LONGEST_ENV} characters"
    if env.startswith("sg-"):
        yield f"env: {env!r}, but no security group may have a name that begins with `sg-`"
    longest = LONGEST_POOL - len(f"{env}-")
    yield from (
        f"pools.{name}: longer than {longest} characters" for name in spec.pools if len(name) > longest
    )
    if postgres.runs_on == "cloud" and postgres.storage_gib < LEAST_DATABASE_GIB:
        yield f"data.postgres.storage_gib: {postgres.storage_gib}, but RDS begins at {LEAST_DATABASE_GIB}"


def job_images() -> list[str]:
    """The images that the jobs of this checkout run, each once."""
    jobs = (project_root() / "nomad_jobs").glob("*.yaml")
    return sorted({JobSpec.load(job).image for job in jobs})


CLOUD = Aws()
