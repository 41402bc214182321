"""Rendering: golden files for every shipped job, and what must hold for any."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sre_cli.adapters.config_files import read_config_files
from sre_cli.core.render import ConfigFile, Target, Templates, plan_replicas, render_compose, render_job
from sre_cli.specs.job import JobSpec

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests/golden/jobs"
JOBS = ROOT / "nomad_jobs"
TEMPLATES = Templates(
    job=(JOBS / "raw_exec.nomad.hcl.j2").read_text(),
    compose=(JOBS / "compose.yaml.j2").read_text(),
    supervisor="# the supervisor's text stands here\n",
)
TARGET = Target("local", "0123456789ab", "registry.test:5000", ("zone-a", "zone-b", "zone-c"))


def spec_of(**changes: object) -> JobSpec:
    return JobSpec.model_validate({"job": "toy", "image": "toy", "resources": {"memory_mib": 64}, **changes})


@pytest.mark.parametrize("path", sorted(JOBS.glob("*.yaml")), ids=lambda path: path.stem)
def test_golden(path: Path) -> None:
    """`UPDATE_GOLDEN=1 pytest tests/unit/sre_cli/test_render.py` writes them anew; read the diff."""
    spec = JobSpec.load(path)
    rendered = render_job(spec, TARGET, TEMPLATES, read_config_files(JOBS, spec))
    golden = GOLDEN / f"{path.stem}.nomad.hcl"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(rendered)
    assert rendered == golden.read_text()


def test_every_golden_file_belongs_to_a_job() -> None:
    assert {p.name.split(".")[0] for p in GOLDEN.iterdir()} == {p.stem for p in JOBS.glob("*.yaml")}


def test_containers_are_locked_down() -> None:
    compose = yaml.safe_load(render_compose(spec_of(scale=2), Target("local", "v1"), TEMPLATES))
    assert len(compose["services"]) == 2
    for service in compose["services"].values():
        assert service["read_only"] is True
        assert service["user"] == "10001:10001"
        assert service["cap_drop"] == ["ALL"]
        assert service["restart"] == "no"
        assert service["mem_limit"] == service["memswap_limit"] == "64m"


def test_without_a_registry_nothing_is_ever_pulled() -> None:
    def first(target: Target) -> dict[str, str]:
        compose = yaml.safe_load(render_compose(spec_of(), target, TEMPLATES))
        return dict(compose["services"]["replica-0"])

    local, remote = first(Target("local", "v1")), first(Target("aws", "v1", "images.example/sre"))
    assert (local["image"], local["pull_policy"]) == ("toy:v1", "never")
    assert (remote["image"], remote["pull_policy"]) == ("images.example/sre/toy:v1", "missing")


@given(
    scale=st.integers(1, 64),
    cpus=st.integers(0, 8),
    first=st.integers(0, 4),
    port=st.none() | st.integers(1024, 60000),
)
def test_replicas_share_neither_cpu_nor_port(scale: int, cpus: int, first: int, port: int | None) -> None:
    resources = {"memory_mib": 64, "cpus": cpus, "first_cpu": first}
    replicas = plan_replicas(spec_of(scale=scale, port=port, resources=resources))
    taken = [cpu for replica in replicas for cpu in cpus_of(replica.cpuset)]
    assert len(taken) == len(set(taken)) == scale * cpus
    assert min(taken, default=first) == first
    ports = [replica.port for replica in replicas]
    assert ports == ([None] * scale if port is None else [port + i for i in range(scale)])


def cpus_of(cpuset: str | None) -> list[int]:
    if cpuset is None:
        return []
    first, _, last = cpuset.partition("-")
    return list(range(int(first), int(last or first) + 1))


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=40))
def test_a_value_reaches_the_container_as_it_is_written(value: str) -> None:
    """Quotes, colons, dollars and braces survive YAML; compose reads `$$` as `$`."""
    compose = render_compose(spec_of(env={"A": value}, command=[value]), Target("local", "v1"), TEMPLATES)
    service = yaml.safe_load(compose)["services"]["replica-0"]
    assert service["environment"]["A"].replace("$$", "$") == value
    assert service["command"][0].replace("$$", "$") == value


def test_hcl_does_not_read_the_files_inside_it() -> None:
    rendered = render_job(spec_of(env={"A": "%{ if true }${x}"}), Target("local", "v1"), TEMPLATES)
    heredocs = rendered.split("<<EOF")[1:]
    assert any("$${NOMAD_ALLOC_ID}" in text for text in heredocs)
    assert all("%%{ if" in text for text in heredocs if "{ if" in text)


def test_a_job_stands_where_its_spec_says() -> None:
    def rendered(**changes: object) -> str:
        return " ".join(render_job(spec_of(**changes), TARGET, TEMPLATES).split())

    assert 'attribute = "${meta.roles}" operator = "set_contains" value = "data"' in rendered(role="data")
    assert 'attribute = "${meta.zone}" value = "zone-b"' in rendered(home_zone=1)
    assert 'operator = "distinct_property" attribute = "${meta.zone}"' in rendered(count=3, zones="one-each")
    halves = rendered(count=2, zones="odd-even")
    assert 'target "zone-a" { percent = 50 } target "zone-b" { percent = 50 }' in halves
    assert "zone-c" not in halves
    assert all(word not in rendered() for word in ("spread", "distinct", "meta."))


def test_files_are_rendered_by_nomad_only_when_they_are_templates() -> None:
    files = [
        ConfigFile("a.conf.tpl", '{{ key "x" }}', "HUP"),
        ConfigFile("b.yml", "${x} {{ $y }}", "restart"),
    ]
    job = render_job(spec_of(files=[{"source": "toy/*"}]), TARGET, TEMPLATES, files)
    first, second = job.split('"secrets/files/')[1:]
    assert 'change_signal = "SIGHUP"' in first
    assert "left_delimiter" not in first
    assert 'change_mode = "restart"' in second
    assert second.index("[[[") < second.index("$${x} {{ $y }}")
    assert "${NOMAD_SECRETS_DIR}/files:/config:ro" in job


def test_metrics_are_announced() -> None:
    assert 'metrics_path = "/metrics"' in render_job(spec_of(metrics={}), TARGET, TEMPLATES)
    assert 'metrics_port = "9999"' in render_job(spec_of(metrics={"port": 9999}), TARGET, TEMPLATES)
    assert "metrics_" not in render_job(spec_of(), TARGET, TEMPLATES)


def gpu_spec(**gpu: object) -> JobSpec:
    return spec_of(scale=4, resources={"memory_mib": 64, "gpu": {"memory_mib": 3000, **gpu}})


def test_containers_share_the_gpus_in_turn() -> None:
    compose = yaml.safe_load(render_compose(gpu_spec(devices=2), TARGET, TEMPLATES))
    devices = [
        one["deploy"]["resources"]["reservations"]["devices"][0] for one in compose["services"].values()
    ]
    assert [one["device_ids"] for one in devices] == [["0"], ["1"], ["0"], ["1"]]
    assert {one["driver"] for one in devices} == {"nvidia"}
    assert "CUDA_MPS_PIPE_DIRECTORY" not in compose["x-env"]


def test_a_node_must_have_the_gpus_and_their_memory() -> None:
    hcl = render_job(gpu_spec(devices=3), TARGET, TEMPLATES)
    assert 'GPU_MEMORY_MIB   = "0=6000,1=3000,2=3000"' in hcl
    assert hcl.count("${meta.gpu_") == 2
    assert 'value     = "6000"' in hcl
    assert "gpu" not in render_job(spec_of(), TARGET, TEMPLATES)


def test_mps_gives_each_container_its_part() -> None:
    compose = yaml.safe_load(render_compose(gpu_spec(sharing="mps"), TARGET, TEMPLATES))
    env = compose["x-env"]
    assert env["CUDA_MPS_ACTIVE_THREAD_PERCENTAGE"] == "25"
    assert env["CUDA_MPS_PINNED_DEVICE_MEM_LIMIT"] == "0=3000M"
    replica = compose["x-replica"]
    assert replica["ipc"] == "host"
    assert replica["volumes"] == ["/tmp/nvidia-mps:/tmp/nvidia-mps"]  # noqa: S108 - the daemon's own place
    assert 'GPU_SHARING      = "mps"' in render_job(gpu_spec(sharing="mps"), TARGET, TEMPLATES)
