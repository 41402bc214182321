"""JobSpec -> the Nomad job and the compose file inside it. Text in, text out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from jinja2 import Environment, StrictUndefined, TemplateError

from sre_cli.core.gpu_memory import gpu_memory_mib
from sre_cli.errors import SpecError
from sre_cli.specs.job import CONFIG_DIR, JobSpec


@dataclass(frozen=True)
class Templates:
    """The text of the files in `nomad_jobs/` that every job is made of."""

    job: str
    compose: str
    supervisor: str


@dataclass(frozen=True)
class ConfigFile:
    """One text of a job's `files`."""

    source: str
    """Its path below `nomad_jobs/`."""
    text: str
    on_change: str

    @property
    def is_template(self) -> bool:
        """Whether Nomad renders it on the node."""
        return self.source.endswith(".tpl")

    @property
    def name(self) -> str:
        """Under which a replica finds it."""
        return PurePosixPath(self.source).name.removesuffix(".tpl")


@dataclass(frozen=True)
class Target:
    """What a job is rendered for."""

    env: str
    version: str
    """Tag of the image."""
    registry: str | None = None
    """Prefix of the image's name; None means that only images built on the node are run."""
    zones: tuple[str, ...] = ()
    """Of the environment's cluster."""


@dataclass(frozen=True)
class Replica:
    """One container: its place in the allocation, the CPUs it keeps, the port it is given."""

    index: int
    cpuset: str | None
    port: int | None
    gpu: int | None = None
    """Index of the node's GPU that it computes on."""

    @property
    def name(self) -> str:
        """Compose service and Consul check."""
        return f"replica-{self.index}"

    @property
    def label(self) -> str:
        """Nomad port label; Nomad's environment variables take no dash."""
        return f"replica_{self.index}"


def plan_replicas(spec: JobSpec) -> list[Replica]:
    """Give each of the `spec.scale` containers its own CPUs and port."""
    return [
        Replica(
            index=index,
            cpuset=_cpuset(spec.resources.first_cpu + index * spec.resources.cpus, spec.resources.cpus),
            port=None if spec.port is None else spec.port + index,
            gpu=index % spec.resources.gpu.devices if spec.resources.gpu else None,
        )
        for index in range(spec.scale)
    ]


def render_compose(spec: JobSpec, target: Target, templates: Templates) -> str:
    """The compose file of one allocation. Raises SpecError: when the template is wrong."""
    return _render(
        "compose.yaml.j2",
        templates.compose,
        spec=spec,
        replicas=plan_replicas(spec),
        env=target.env,
        version=target.version,
        image=image_reference(spec, target),
        config_dir=CONFIG_DIR,
        mps_percent=_mps_percent(spec),
        # Without a registry of ours, a pull would ask a public one for somebody else's image.
        pull_policy="missing" if target.registry else "never",
    )


def render_job(spec: JobSpec, target: Target, templates: Templates, files: Sequence[ConfigFile] = ()) -> str:
    """The Nomad job (HCL) that runs `spec` with `files`. Raises SpecError: when a template is wrong."""
    return _render(
        "raw_exec.nomad.hcl.j2",
        templates.job,
        spec=spec,
        replicas=plan_replicas(spec),
        version=target.version,
        files=files,
        home_zone=None if spec.home_zone is None else target.zones[spec.home_zone],
        # Without shares of their own, Nomad spreads evenly over every zone it finds.
        spread_zones=target.zones[:2] if spec.zones == "odd-even" else (),
        cpus_needed=_cpus_needed(spec),
        gpu_memory_mib=gpu_memory_mib(spec),
        health_timeout_s=max(2, spec.health.interval_s),
        compose=render_compose(spec, target, templates).rstrip("\n"),
        supervisor=templates.supervisor.rstrip("\n"),
    )


def image_reference(spec: JobSpec, target: Target) -> str:
    """`[registry/]name:tag`."""
    name = f"{spec.image}:{target.version}"
    return f"{target.registry}/{name}" if target.registry else name


def _cpuset(first: int, width: int) -> str | None:
    if width == 0:
        return None
    return str(first) if width == 1 else f"{first}-{first + width - 1}"


def _mps_percent(spec: JobSpec) -> int:
    """Threads of its GPU that one replica may use: all have the same."""
    gpu = spec.resources.gpu
    return 100 // -(-spec.scale // gpu.devices) if gpu else 0


def _cpus_needed(spec: JobSpec) -> int:
    resources = spec.resources
    return resources.first_cpu + spec.scale * resources.cpus if resources.cpus else 0


def _render(file: str, template: str, **values: object) -> str:
    jinja = Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - HCL and YAML, not HTML
    )
    jinja.filters["heredoc"] = _escape_heredoc
    jinja.filters["literal"] = _literal
    try:
        return jinja.from_string(template).render(**values)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise SpecError(f"nomad_jobs/{file}: {f'line {line}: ' if line else ''}{error.message}") from None


def _literal(value: object) -> str:
    """A YAML value that compose takes as it is: quoted, and `$` not read as a variable."""
    return json.dumps(value, ensure_ascii=False).replace("$", "$$")


def _escape_heredoc(text: str) -> str:
    """Keep HCL from reading `${` and `%{` inside a heredoc as its own."""
    return text.replace("${", "$${").replace("%{", "%%{")
