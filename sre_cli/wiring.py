"""The only place that builds adapters, and the door to `infra`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from sre_cli.errors import UsageError
from sre_cli.specs.paths import project_root

if TYPE_CHECKING:
    from infra.images.docker_images import DockerImages
    from infra.lifecycle import Environment
    from infra.toolchain.diagnosis import Finding
    from sre_cli.adapters.consul_client import ConsulClient
    from sre_cli.adapters.nomad_client import NomadClient
    from sre_cli.core.cost import Estimate
    from sre_cli.core.render import Target, Templates
    from sre_cli.flows.record import Recorder
    from sre_cli.flows.status import Look
    from sre_cli.flows.stop import Stop
    from sre_cli.flows.supply import Image, Supply
    from sre_cli.ports import Catalog, ImageRegistry, Ledger, Metrics, Nodes, Orchestrator
    from sre_cli.specs.cluster import ClusterSpec
    from sre_cli.specs.job import JobSpec
    from sre_cli.specs.shapes import PriceTable


CLOUD_MODULES = {"aws": ["pulumi_aws"], "gcp": ["pulumi_gcp"]}


def orchestrator(env: str) -> Orchestrator:
    """Nomad of the environment."""
    from sre_cli.adapters.nomad_orchestrator import NomadOrchestrator

    return NomadOrchestrator(_nomad(env))


def nodes(env: str) -> Nodes:
    """The machines of its Nomad."""
    from sre_cli.adapters.nomad_nodes import NomadNodes

    return NomadNodes(_nomad(env))


def _nomad(env: str) -> NomadClient:
    from sre_cli.adapters.nomad_client import NomadClient
    from sre_cli.specs.outputs import Outputs

    outputs = Outputs.load(env)
    return NomadClient(
        outputs.nomad_url, outputs.nomad_token(), ca_file=outputs.ca_file, mend=f"sre infra up {env}"
    )


def catalog(env: str) -> Catalog:
    """Consul of the environment."""
    from sre_cli.adapters.consul_catalog import ConsulCatalog

    return ConsulCatalog(_consul(env))


def ledger(env: str) -> Ledger:
    """What was done to the environment's jobs, in its Consul."""
    from functools import partial

    from sre_cli.adapters.consul_ledger import ConsulLedger

    return ConsulLedger(partial(_consul, env))


def _consul(env: str) -> ConsulClient:
    from sre_cli.adapters.consul_client import ConsulClient
    from sre_cli.specs.outputs import Outputs

    outputs = Outputs.load(env)
    return ConsulClient(
        outputs.consul_url, outputs.consul_token(), ca_file=outputs.ca_file, mend=f"sre infra up {env}"
    )


def recorder(env: str, why: str, say: Callable[[str], None]) -> Recorder:
    """Writes down what is done to the environment's jobs."""
    from sre_cli.adapters.operator import now, operator
    from sre_cli.flows.record import Recorder

    return Recorder(ledger(env), orchestrator(env), now, operator(), why, say)


def metrics(env: str) -> Metrics | None:
    """Prometheus of the environment; None where it has none that operators reach."""
    from sre_cli.adapters.prometheus_metrics import PrometheusMetrics
    from sre_cli.core.hints import in_env
    from sre_cli.specs.outputs import Outputs

    url = Outputs.load(env).prometheus_url
    return PrometheusMetrics(url, mend=in_env(env, "sre deploy prometheus")) if url else None


def image_registry(env: str, say: Callable[[str], None]) -> ImageRegistry:
    """The registry that the environment's nodes pull from."""
    from sre_cli.adapters.docker_registry import DockerRegistry
    from sre_cli.specs.outputs import Outputs

    outputs = Outputs.load(env)
    return DockerRegistry(outputs.registry_push, outputs.ca_file, say=say, mend=f"sre infra up {env}")


def look(env: str) -> Look:
    """The status flow on the environment's engines."""
    from sre_cli.adapters.front_door import FrontDoor
    from sre_cli.flows.status import Look
    from sre_cli.specs.outputs import Outputs

    cluster = cluster_spec(env)
    env = cluster.env
    outputs = Outputs.load(env)
    # Where the cloud does not say, the autoscaler may have left no more than the least.
    sizes = {name: pool.size for name, pool in outputs.pools.items() if pool.size is not None}
    return Look(
        env=env,
        zones=tuple(outputs.zones),
        wanted_jobs=(*cluster.engine_jobs, *cluster.jobs),
        orchestrator=orchestrator(env),
        catalog=catalog(env),
        metrics=metrics(env),
        front=FrontDoor(outputs.api_url, outputs.ca_file),
        wanted_servers=cluster.servers.count,
        wanted_nodes={name: sizes.get(name, pool.min) for name, pool in cluster.pools.items()},
    )


def supply(env: str, images: Iterable[Image], say: Callable[[str], None]) -> Supply:
    """What the environment's registry lacks of `images`. Raises Refused: when one cannot be had."""
    from sre_cli.flows.supply import Supply

    return Supply(image_registry(env, say), images)


def stopper(env: str, say: Callable[[str], None], why: str = "") -> Stop:
    """The stop flow on the environment's engines; `why` goes into the history."""
    from sre_cli.adapters.system_clock import SystemClock
    from sre_cli.flows.stop import Stop

    return Stop(orchestrator(env), SystemClock(), say, env, recorder(env, why, say).recording)


def job_spec(job: str) -> JobSpec:
    """`nomad_jobs/<job>.yaml`. Raises UsageError naming the jobs there are."""
    from sre_cli.specs.job import JobSpec

    folder = project_root() / "nomad_jobs"
    path = folder / f"{job}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.yaml")))
        raise UsageError(f"no job {job!r}: {path} is missing", hint=f"known jobs: {known}")
    return JobSpec.load(path)


def cluster_spec(env: str) -> ClusterSpec:
    """`stacks/clusters/<env>.yaml`, or the file itself where `env` ends in .yaml.

    Raises UsageError: naming the environments there are. Raises SpecError: with every mistake at once.
    """
    from sre_cli.adapters.cluster_files import read_cluster

    folder = project_root() / "stacks" / "clusters"
    path = Path(env) if env.endswith(".yaml") else folder / f"{env}.yaml"
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.yaml")))
        raise UsageError(f"no environment {env!r}: {path} is missing", hint=f"known environments: {known}")
    return read_cluster(project_root(), path, prices)


def prices(cloud: str) -> PriceTable:
    """The price table of a cloud. Raises UsageError naming the clouds there are."""
    from infra.prices import load_prices

    return load_prices(cloud)


def cost_estimate(env: str) -> Estimate:
    """What the cluster of `env` costs a month, at the prices of its cloud's table."""
    from datetime import UTC, datetime

    from sre_cli.core.cost import estimate_cost

    spec = cluster_spec(env)
    return estimate_cost(spec, prices(spec.cloud), datetime.now(UTC).date())


def templates() -> Templates:
    """The two templates and the supervisor. Raises UsageError: when one is missing."""
    from sre_cli.core.render import Templates

    folder = project_root() / "nomad_jobs"
    files = [folder / name for name in ("raw_exec.nomad.hcl.j2", "compose.yaml.j2", "supervisor.py")]
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise UsageError(f"every job needs {' and '.join(missing)}: missing")
    return Templates(*(file.read_text() for file in files))


def rendered(spec: JobSpec, target: Target) -> str:
    """The Nomad job (HCL) of `spec`."""
    from sre_cli.adapters.config_files import read_config_files
    from sre_cli.core.render import render_job

    return render_job(spec, target, templates(), read_config_files(project_root() / "nomad_jobs", spec))


def built_version(image: str) -> str:
    """The tag that `sre images build` gives to what the working tree holds."""
    from infra.images.image_version import DEFAULT_BASE_IMAGE, image_version

    return image_version(project_root(), image, os.environ.get("SRE_BASE_IMAGE") or DEFAULT_BASE_IMAGE)


def target(spec: JobSpec, env: str, version: str | None) -> Target:
    """What `spec` is rendered for; without a version, the one that the working tree would build.

    Raises UsageError: when the version can be no image's tag. Raises SpecError: when the cluster's pools
    cannot run it.
    """
    from sre_cli.core.placement import refuse_misplaced
    from sre_cli.core.render import Target
    from sre_cli.specs.outputs import Outputs

    if version is not None and not re.fullmatch(r"\w[\w.-]{0,127}", version, re.ASCII):
        raise UsageError(f"{version!r} cannot be the tag of an image", hint="sre images list")
    refuse_misplaced(spec, cluster_spec(env))
    outputs = Outputs.load(env)
    return Target(env, version or built_version(spec.image), outputs.registry, tuple(outputs.zones))


def diagnose_engines() -> list[Finding]:
    """What of the engines this machine has."""
    from infra.toolchain.diagnosis import diagnose

    return diagnose()


def mend_engines() -> None:
    """Build or start the engines that are missing."""
    from infra.toolchain.diagnosis import mend

    mend()


def images(base: str | None = None) -> DockerImages:
    """The project's images on this machine's Docker engine."""
    from infra.images.docker_images import DockerImages
    from infra.images.image_version import DEFAULT_BASE_IMAGE
    from infra.toolchain.ensure import ensure

    return DockerImages(project_root(), ensure, base or DEFAULT_BASE_IMAGE)


def ensure_docker() -> None:
    """Start the Docker engine where it does not run."""
    from infra.toolchain.docker_engine import ensure_engine

    ensure_engine()


def preview_target(job: str) -> Target:
    """What `job` would be rendered for on the local cluster, whether or not that is up."""
    from sre_cli.core.render import Target

    zones = tuple(cluster_spec("local").zones)
    return Target(env="local", version=built_version(job_spec(job).image), zones=zones)


def environment(env: str) -> Environment:
    """What brings the environment's cluster up and down. Raises UsageError: when Pulumi is not installed."""
    spec = cluster_spec(env)
    need_modules(["pulumi", "cryptography", *CLOUD_MODULES.get(spec.cloud, ())], "clouds")
    from infra.lifecycle import Environment

    return Environment(spec)


def need_modules(modules: Iterable[str], extras: str) -> None:
    """Raises UsageError: naming those of `modules` that are not installed, and the extras that bring them."""
    from importlib.util import find_spec

    missing = [name for name in modules if not find_spec(name)]
    if missing:
        raise UsageError(f"not installed: {', '.join(missing)}", hint=f"pip install --editable '.[{extras}]'")
