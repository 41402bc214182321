"""JobSpec and ClusterSpec: every mistake at once, each with its file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from sre_cli.errors import SpecError
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.job import JobSpec

ROOT = Path(__file__).parents[3]
GOOD = "job: toy\nimage: toy\nresources: {memory_mib: 64}\n"


def load(tmp_path: Path, text: str) -> JobSpec:
    path = tmp_path / "toy.yaml"
    path.write_text(text)
    return JobSpec.load(path)


@pytest.mark.parametrize("path", sorted((ROOT / "nomad_jobs").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_jobs_are_right(path: Path) -> None:
    assert JobSpec.load(path).job == path.stem


@pytest.mark.parametrize(
    "path", sorted((ROOT / "stacks/clusters").glob("*.yaml")), ids=lambda path: path.stem
)
def test_the_shipped_clusters_name_jobs_that_exist(path: Path) -> None:
    cluster = ClusterSpec.load(path)
    for job in [*cluster.data_jobs, *cluster.jobs]:
        assert (ROOT / "nomad_jobs" / f"{job}.yaml").is_file()


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as error:
        load(tmp_path, "job: toy\nimage: Toy\nscale: 0\nreplicas: 2\nresources: {memory: 64}\n")
    lines = error.value.message.splitlines()
    assert [line.removeprefix(f"{tmp_path}/toy.yaml: ").split(":")[0] for line in lines] == [
        "image",
        "scale",
        "resources.memory_mib",
        "resources.memory",
        "replicas",
    ]
    assert "replicas: unknown key" in lines[-1]
    assert error.value.hint is not None
    assert "scale" in error.value.hint
    assert error.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (GOOD.replace("job: toy", "job: other"), "must equal the file's name 'toy'"),
        (GOOD + "env: {DB_PASSWORD: hunter2}\n", "env.DB_PASSWORD looks like a secret"),
        (GOOD + "env: {A: x}\nnode_env: {A: y}\n", "env and node_env both hold A"),
        (GOOD + "env: {A: 1}\n", "env.A: Input should be a valid string"),
        (GOOD + "env: {PORT: '1'}\nnode_env: {HOST: y}\n", "HOST is set by Nomad: remove it; PORT is set"),
        (GOOD + 'node_env: {A: "x\\nEOF"}\n', "node_env.A holds a line break"),
        (GOOD + "health: {path: '/\"'}\n", "health.path: String should match"),
        (
            GOOD + "health: {steady_s: 5, deadline_s: 5}\n",
            "health: steady_s 5 must be less than deadline_s 5",
        ),
        (GOOD + "port: 80\n", "port: Input should be greater than or equal to 1024"),
        ("[]", "must be a mapping of keys, found list"),
        ("job: [", "not YAML"),
        (GOOD + "image: other\n", "key 'image' twice"),
        ("", "must be a mapping of keys, found NoneType"),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(SpecError) as error:
        load(tmp_path, text)
    assert complaint in error.value.message
    assert "toy.yaml" in error.value.message


def test_a_cluster_is_named_after_its_file(tmp_path: Path) -> None:
    path = tmp_path / "copy.yaml"
    path.write_text("env: local\ncloud: local\n")
    with pytest.raises(SpecError, match="env: 'local' must equal the file's name 'copy'"):
        ClusterSpec.load(path)


def test_a_secret_never_shows_in_the_complaint(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as error:
        load(tmp_path, GOOD + "env: {DB_PASSWORD: hunter2}\n")
    assert "hunter2" not in error.value.message


def test_a_file_that_is_missing_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be read"):
        JobSpec.load(tmp_path / "absent.yaml")
    (tmp_path / "toy.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError, match="cannot be read"):
        JobSpec.load(tmp_path / "toy.yaml")
