"""ClusterSpec: one environment, written by people in `stacks/clusters/<env>.yaml`, in cloud-neutral words.

Here is what a document may say; whether it makes sense is told by `sre_cli.core.cluster_checks`.
`stacks/example.yaml` explains every key.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationInfo, model_validator

from sre_cli.specs.base import Part, Spec, file_id_mistakes
from sre_cli.specs.job import KebabId

CloudName = Literal["local", "aws", "gcp"]
Zone = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
Domain = Annotated[
    str, StringConstraints(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$", max_length=200)
]
TagKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
TagValue = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{0,63}$")]

RunsOn = Literal["cloud", "nodes"]
"""`cloud` is its own managed service, `nodes` a Nomad job on the cluster's nodes."""


class Network(Part):
    """The address plan. Every zone gets its share of `cidr` (see `infra.subnets`)."""

    cidr: IPv4Network
    peers: list[IPv4Network] = Field(default_factory=list)
    """Networks that are routed to from here; they must not overlap with `cidr` or each other."""
    operators: list[IPv4Network] = Field(default_factory=list)
    """Who reaches Nomad's and Consul's APIs from outside; empty: nobody."""
    clients: list[IPv4Network] = Field(default_factory=lambda: [IPv4Network("0.0.0.0/0")])
    """Who reaches the eKYC API."""


class Servers(Part):
    """The machines that run the Nomad and Consul servers, spread over the zones."""

    count: int = Field(default=3, ge=1, le=7)
    shape: KebabId
    disk_gib: int = Field(default=50, ge=10, le=1000)


class Pool(Part):
    """Machines of one shape that run jobs. Its size between `min` and `max` belongs to the autoscaler."""

    shape: KebabId
    roles: list[KebabId] = Field(min_length=1)
    """Kinds of jobs that run here: a JobSpec's `role` names one."""
    min: int = Field(ge=0, le=1000)
    expected: int | None = Field(default=None, ge=0)
    """Size at the start, and the middle figure of `sre infra cost`; `min` where absent."""
    max: int = Field(ge=1, le=1000)
    zones: Literal["all", "odd-even"] = "all"
    """`all` spreads over every zone; `odd-even` alternates between the first two."""
    spot: bool = False
    """Cheaper machines that the cloud may take back; an interruption drains the node."""
    disk_gib: int = Field(default=50, ge=10, le=4000)

    @property
    def start(self) -> int:
        """How many machines the pool is made with."""
        return self.min if self.expected is None else self.expected


class DataService(Part):
    """An engine that keeps state."""

    runs_on: RunsOn
    shape: KebabId | None = None
    """Of a managed one: a name of the price table's `databases` or `caches`."""
    storage_gib: int = Field(default=50, ge=10, le=16000)
    backup_days: int = Field(default=7, ge=1, le=35)


class Data(Part):
    """Where the engines behind the services run."""

    postgres: DataService
    redis: DataService
    rabbitmq: DataService = DataService(runs_on="nodes")
    """Always on nodes: a quorum cluster over three zones, the same on every cloud."""


class ObjectStore(Part):
    """One place for images: the cloud's bucket, or an S3 server on the nodes."""

    runs_on: RunsOn
    expire_days: int = Field(default=30, ge=1, le=3650)
    """Images older than this are removed."""
    expected_gib: int = Field(default=100, ge=0)
    """What it is expected to hold, for `sre infra cost` alone."""


class Objects(Part):
    """The store that is asked first, and the one that steps in."""

    primary: ObjectStore
    fallback: ObjectStore


class Dns(Part):
    """Where callers find the API."""

    domain: Domain
    hosted_zone: Domain | None = None
    """The cloud's DNS zone that holds `domain`; absent: records and certificate are yours to make."""


class ClusterSpec(Spec):
    """Where the jobs of an environment run."""

    example = "stacks/example.yaml"

    env: KebabId
    cloud: CloudName
    region: Zone
    zones: list[Zone] = Field(min_length=1, max_length=6)
    network: Network
    servers: Servers
    pools: dict[KebabId, Pool] = Field(min_length=1)
    data: Data
    objects: Objects
    dns: Dns
    tags: dict[TagKey, TagValue] = Field(default_factory=dict)
    budget_usd_month: float = Field(ge=0, allow_inf_nan=False)
    """`sre infra cost` says no above it."""
    port_offset: int = Field(default=0, ge=0, le=10000, multiple_of=1000)
    """`local` only: added to every port published on loopback, so that clusters can stand side by side."""
    jobs: list[KebabId] = Field(default_factory=list)
    """What `sre deploy --all` deploys after the engines on nodes, in this order."""

    @property
    def engine_jobs(self) -> list[str]:
        """Jobs of the engines that run on the nodes, which everything else needs first."""
        services = {
            "postgres": self.data.postgres.runs_on,
            "redis": self.data.redis.runs_on,
            "rabbitmq": self.data.rabbitmq.runs_on,
            "object-store": self.objects.primary.runs_on,
            "object-store-fallback": self.objects.fallback.runs_on,
        }
        return [job for job, place in services.items() if place == "nodes"]

    def zones_of(self, pool: Pool) -> list[str]:
        """The zones that the pool's machines stand in, in turn."""
        return self.zones if pool.zones == "all" else self.zones[:2]

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Self:
        # A file copied and not renamed inside would bring down, or purge, the cluster it was copied from.
        mistakes = file_id_mistakes("env", self.env, info.context)
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return self
