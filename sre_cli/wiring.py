"""The only place that builds adapters, and the door to `infra`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sre_cli.errors import UsageError
from sre_cli.specs.paths import project_root

if TYPE_CHECKING:
    from infra.cloud import Cloud
    from infra.toolchain.diagnosis import Finding
    from sre_cli.adapters.docker_engine import DockerImages
    from sre_cli.core.demo import DemoReport
    from sre_cli.core.pairs import Pair
    from sre_cli.core.render import Target, Templates
    from sre_cli.flows.demo import Demo
    from sre_cli.flows.deploy import Deploy
    from sre_cli.flows.stop import Stop
    from sre_cli.ports import Catalog, Orchestrator
    from sre_cli.specs.cluster import ClusterSpec
    from sre_cli.specs.job import JobSpec


EXTRAS = ("locust", "matplotlib", "psutil", "uvicorn", "cv2")
"""Modules that only the extras `services` and `load` bring."""


def orchestrator(env: str) -> Orchestrator:
    """Nomad of the environment."""
    from sre_cli.adapters.nomad_orchestrator import NomadOrchestrator
    from sre_cli.specs.outputs import Outputs

    outputs = Outputs.load(env)
    return NomadOrchestrator(outputs.nomad_url, outputs.nomad_token(), mend=f"sre infra up {env}")


def catalog(env: str) -> Catalog:
    """Consul of the environment."""
    from sre_cli.adapters.consul_catalog import ConsulCatalog
    from sre_cli.specs.outputs import Outputs

    return ConsulCatalog(Outputs.load(env).consul_url, mend=f"sre infra up {env}")


def deployer(env: str, say: Callable[[str], None]) -> Deploy:
    """The deploy flow on the environment's engines."""
    from sre_cli.adapters.docker_engine import has_image
    from sre_cli.adapters.system_clock import SystemClock
    from sre_cli.flows.deploy import Deploy

    return Deploy(orchestrator(env), catalog(env), SystemClock(), has_image, say)


def stopper(env: str, say: Callable[[str], None]) -> Stop:
    """The stop flow on the environment's engines."""
    from sre_cli.adapters.system_clock import SystemClock
    from sre_cli.flows.stop import Stop

    return Stop(orchestrator(env), SystemClock(), say, env)


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
    """`stacks/clusters/<env>.yaml`, or the file itself where `env` ends in .yaml."""
    from sre_cli.specs.cluster import ClusterSpec

    path = Path(env) if env.endswith(".yaml") else project_root() / "stacks" / "clusters" / f"{env}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.yaml")))
        raise UsageError(f"no environment {env!r}: {path} is missing", hint=f"known environments: {known}")
    return ClusterSpec.load(path)


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
    from sre_cli.core.render import render_job

    return render_job(spec, target, templates())


def built_version(image: str) -> str:
    """The tag that `sre images build` gives to what the working tree holds."""
    from sre_cli.adapters.image_version import DEFAULT_BASE_IMAGE, image_version

    return image_version(project_root(), image, os.environ.get("SRE_BASE_IMAGE") or DEFAULT_BASE_IMAGE)


def target(spec: JobSpec, env: str, version: str | None) -> Target:
    """What `spec` is rendered for; without a version, the one that the working tree would build.

    Raises UsageError: when the version can be no image's tag.
    """
    from sre_cli.core.render import Target
    from sre_cli.specs.outputs import Outputs

    if version is not None and not re.fullmatch(r"\w[\w.-]{0,127}", version, re.ASCII):
        raise UsageError(f"{version!r} cannot be the tag of an image", hint="sre images list")
    return Target(
        env=env,
        version=version or built_version(spec.image),
        port_offset=Outputs.load(env).port_offset,
    )


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
    from infra.toolchain.ensure import ensure
    from sre_cli.adapters.docker_engine import DockerImages
    from sre_cli.adapters.image_version import DEFAULT_BASE_IMAGE

    return DockerImages(project_root(), ensure, base or DEFAULT_BASE_IMAGE)


def ensure_docker() -> None:
    """Start the Docker engine where it does not run."""
    from infra.toolchain.docker_engine import ensure_engine

    ensure_engine()


@contextmanager
def demo_on_embedded_service(port: int, say: Callable[[str], None]) -> Iterator[Demo]:
    """The demo flow, on a service that runs here until the block ends."""
    from sre_cli.adapters.embedded_service import embedded_service
    from sre_cli.adapters.locust_load import LocustLoadGenerator
    from sre_cli.flows.demo import Demo

    with embedded_service(port, say) as service:
        yield Demo(service, service, LocustLoadGenerator(), say)


def sample_pairs(folder: Path | None, say: Callable[[str], None]) -> list[Pair]:
    """Pairs of face images: of `folder`, or of public portraits that are downloaded once."""
    from sre_cli.adapters.sample_images import fetch_portraits, load_pairs
    from sre_cli.specs.paths import cache_dir

    say("sample images")
    return load_pairs(folder) if folder else fetch_portraits(cache_dir() / "images")


def prepare_demo_report(path: Path) -> None:
    """Make the report's folder. Raises UsageError: when nothing can be written there, or drawn at all."""
    _need_extras()
    from sre_cli.adapters.demo_report import prepare_place

    prepare_place(path)


def write_demo_report(report: DemoReport, path: Path) -> None:
    """The demo's HTML report."""
    from sre_cli.adapters.demo_report import write_report

    write_report(report, path)


def usable_cores() -> int:
    """Cores that this process may use."""
    from sre_cli.adapters.machine import usable_cores

    return usable_cores()


def machine_facts() -> dict[str, str]:
    """This machine, as far as a measurement depends on it."""
    from sre_cli.adapters.machine import machine_facts

    return machine_facts()


def preview_target(job: str) -> Target:
    """What `job` would be rendered for on the local cluster, whether or not that is up."""
    from sre_cli.core.render import Target

    return Target(env="local", version=built_version(job_spec(job).image))


def _need_extras() -> None:
    from importlib.util import find_spec

    missing = [name for name in EXTRAS if not find_spec(name)]
    if missing:
        raise UsageError(
            f"not installed: {', '.join(missing)}", hint="pip install --editable '.[services,load]'"
        )


def cloud(spec: ClusterSpec) -> Cloud:
    """The cloud that the environment's cluster is made on."""
    from infra.cloud import load_cloud

    return load_cloud(spec.cloud)
