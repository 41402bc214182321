"""JobSpec: one Nomad job, written by people in `nomad_jobs/<job>.yaml`."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationInfo, model_validator

from sre_cli.specs.base import Spec, file_id_mistakes

KebabId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=48)]
EnvName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
FilePattern = Annotated[str, StringConstraints(pattern=r"^(\.\./)?[\w*][\w.*/-]*$")]
AbsolutePath = Annotated[str, StringConstraints(pattern=r"^/[\w./-]+$")]

SET_BY_NOMAD = {"HOST", "PORT"}
"""Where a replica listens; the allocation decides."""
CONFIG_DIR = "/config"
SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|PRIVATE|_KEY$")


class Gpu(Spec):
    """The part of a GPU that one replica gets; replicas of an allocation share the node's GPUs in turn."""

    memory_mib: int = Field(ge=64)
    """What one replica takes at its peak, as measured."""
    devices: int = Field(default=1, ge=1, le=16)
    """GPUs of a node that the allocation uses."""
    sharing: Literal["time-slicing", "mps"] = "time-slicing"
    """`mps`: kernels of several replicas run at once, each within its memory; the driver's daemon is started
    on the node."""


class Resources(Spec):
    """What one replica (one container) gets."""

    cpus: int = Field(default=0, ge=0, le=256)
    """Width of the replica's own cpuset; 0 leaves it unpinned."""
    first_cpu: int = Field(default=0, ge=0)
    """Where the job's cpusets begin, so that two jobs on a node can be kept apart."""
    reserve_mhz: int = Field(default=100, ge=1)
    """What Nomad's scheduler books; pinning is `cpus`."""
    memory_mib: int = Field(ge=16)
    """Memory limit of the container, swap included."""
    gpu: Gpu | None = None
    """Null: it computes on CPUs."""


class Health(Spec):
    """When a replica counts as healthy."""

    path: str | None = Field(default="/readyz", pattern=r"^/[\w./~?&=%+-]*$")
    """HTTP path that answers 200; null checks that the port accepts a connection."""
    command: list[str] = Field(default_factory=list)
    """The same question asked inside the container, for `docker ps` to show."""
    interval_s: int = Field(default=2, ge=1, le=60)
    steady_s: int = Field(default=3, ge=1)
    """How long every replica must stay healthy before the deployment counts it."""
    deadline_s: int = Field(default=300, ge=5)
    """How long a new allocation may take to become healthy, the pull of its image included."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.steady_s >= self.deadline_s:
            raise ValueError(f"steady_s {self.steady_s} must be less than deadline_s {self.deadline_s}")
        return self


class Volume(Spec):
    """A directory that outlives the allocation."""

    name: KebabId
    path: AbsolutePath


class File(Spec):
    """A text that every replica finds in CONFIG_DIR, under its own name less `.tpl`."""

    source: FilePattern
    """Below `nomad_jobs/`; may hold `*`. One that ends in `.tpl` is a Nomad template, rendered on the
    node: addresses from Consul, secrets from Nomad variables. Any other is taken as it is."""
    on_change: Literal["noop", "HUP", "restart"] = "noop"
    """What a new rendering does: nothing, SIGHUP to every replica, or a new start of them."""


class Metrics(Spec):
    """Where Prometheus finds the replica's metrics."""

    path: str = Field(default="/metrics", pattern=r"^/[\w./~-]*$")
    port: int | None = Field(default=None, ge=1024, le=65535)
    """Absent: the replica's own port."""


class Gate(StrEnum):
    """What is measured of a new version during its rollout; how, says `sre_cli.core.gates`."""

    HTTP_ERRORS = "http-errors-ratio"
    HTTP_SLOW = "http-slow-ratio"
    TASK_ERRORS = "task-errors-ratio"
    MEMORY = "memory-ratio"
    GPU_MEMORY = "gpu-memory-ratio"
    QUEUE_AGE = "queue-age-s"


class Rollout(Spec):
    """How a new version is judged while it takes the old one's place, an allocation at a time."""

    soak_s: int = Field(default=30, ge=5, le=3600)
    """How long the first new allocation has to serve before the next one is replaced."""
    patience_s: int = Field(default=180, ge=5, le=3600)
    """How much longer it may take until there is enough to judge by; then the rollout is undone."""
    gates: dict[Gate, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    """The most that is allowed, by what is measured; without one, health checks alone decide."""
    slos: list[KebabId] = Field(default_factory=list)
    """Objectives in `slo/specs` that the job serves: while a budget is spent it is not deployed, and a
    rollout under which one burns as fast as a page is undone."""


class JobSpec(Spec):
    """A job: `count` allocations (one a node) of `scale` containers each."""

    job: KebabId
    image: KebabId
    """Name of an image that `sre images build` makes."""
    command: list[str] = Field(default_factory=list)
    count: int = Field(default=1, ge=1)
    scale: int = Field(default=1, ge=1, le=64)
    port: int | None = Field(default=None, ge=1024, le=65000)
    """First replica's port, the next replica's one higher; null lets Nomad choose."""
    role: KebabId | None = None
    """Runs on pools with this role; null: on any node."""
    zones: Literal["any", "one-each", "odd-even"] = "any"
    """`one-each`: no two allocations in a zone; `odd-even`: evenly over the first two zones. Otherwise
    over as many zones as there are."""
    home_zone: int | None = Field(default=None, ge=0, le=5)
    """Index into the cluster's zones; the job runs there alone, because its data is there."""
    health: Health = Field(default_factory=Health)
    rollout: Rollout = Field(default_factory=Rollout)
    resources: Resources
    stop_grace_s: int = Field(default=30, ge=1, le=600)
    """How long a container may take to drain after SIGTERM."""
    writable: list[AbsolutePath] = Field(default_factory=list)
    """Directories in memory; the rest of the container's root is read-only."""
    volumes: list[Volume] = Field(default_factory=list)
    files: list[File] = Field(default_factory=list)
    metrics: Metrics | None = None
    """Null: not scraped."""
    env: dict[EnvName, str] = Field(default_factory=dict)
    node_env: dict[EnvName, str] = Field(default_factory=dict)
    """Nomad template expressions, rendered on the node: addresses from Consul, secrets from
    Nomad variables. Their values never appear in the job. While one is empty, nothing is started."""

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Self:
        mistakes = [
            *file_id_mistakes("job", self.job, info.context),
            *_env_mistakes(self),
            *_zone_mistakes(self),
        ]
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return self


def _env_mistakes(spec: JobSpec) -> list[str]:
    both = sorted(set(spec.env) & set(spec.node_env))
    secret = sorted(name for name in spec.env if SECRET_NAME.search(name))
    taken = sorted(SET_BY_NOMAD & (set(spec.env) | set(spec.node_env)))
    # One line each in the file that Nomad renders.
    broken = sorted(name for name, value in spec.node_env.items() if "\n" in value)
    return [
        *(f"env and node_env both hold {name}" for name in both),
        *(f"env.{name} looks like a secret: put it in node_env, from a Nomad variable" for name in secret),
        *(f"{name} is set by Nomad: remove it" for name in taken),
        *(f"node_env.{name} holds a line break: fold it with >-" for name in broken),
    ]


def _zone_mistakes(spec: JobSpec) -> list[str]:
    at_home = spec.home_zone is not None
    return [
        *(["home_zone: for a job of one allocation only"] if at_home and spec.count > 1 else []),
        *(["home_zone: one zone alone, so leave zones out"] if at_home and spec.zones != "any" else []),
        # Elsewhere it would start with an empty volume.
        *(
            ["volumes: need home_zone, or zones: one-each, to come back to their data"]
            if spec.volumes and not at_home and spec.zones != "one-each"
            else []
        ),
    ]
