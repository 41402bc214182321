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
    for job in [*cluster.engine_jobs, *cluster.jobs]:
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
        (GOOD + "volumes: [{name: a, path: /a}]\n", "volumes: need home_zone, or zones: one-each"),
        (GOOD + "home_zone: 0\ncount: 2\n", "home_zone: for a job of one allocation only"),
        (GOOD + "home_zone: 0\nzones: one-each\n", "home_zone: one zone alone, so leave zones out"),
        (GOOD + "files: [{source: /etc/passwd}]\n", "files.0.source: String should match"),
        ("[]", "must be a mapping of keys, found list"),
        ("job: [", "not YAML"),
        (GOOD + "image: other\n", "key 'image' twice"),
        (GOOD + "? [a, b]\n: c\n", "not YAML: line 4, column 3: a key must be a word"),
        (GOOD + "role: 2026-13-45\n", "not YAML: month must be in 1..12"),
        (GOOD + f"count: 1{'0' * 5000}\n", "not YAML: Exceeds the limit"),
        ("[" * 3000, "not YAML: maximum recursion depth"),
        (GOOD + "role: on\n", "role: YAML reads on, off, yes and no as True: put it in quotes"),
        (
            GOOD + "count: 1:30\n",
            "count: Input should be a valid integer, unable to parse string as an integer (found '1:30')",
        ),
        ("", "must be a mapping of keys, found nothing"),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(SpecError) as error:
        load(tmp_path, text)
    assert complaint in error.value.message
    assert "toy.yaml" in error.value.message


def test_numbers_are_read_as_they_are_written(tmp_path: Path) -> None:
    """YAML 1.1, which PyYAML reads, knows octals and sexagesimals; its successor and people do not."""
    spec = load(tmp_path, GOOD + "scale: 010\nport: 1_024\nenv: {AT: 1:30, CODE: 0100, LAST: 08}\n")
    assert (spec.scale, spec.port) == (10, 1024)
    assert spec.env == {"AT": "1:30", "CODE": "0100", "LAST": "08"}


def test_a_cluster_is_named_after_its_file(tmp_path: Path) -> None:
    path = tmp_path / "copy.yaml"
    path.write_text((ROOT / "stacks/clusters/local.yaml").read_text())
    with pytest.raises(SpecError, match="env: 'local' must equal the file's name 'copy'"):
        ClusterSpec.load(path)


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        (
            "cidr: 10.77.0.0/16",
            "cidr: 10.77.0.1/16",
            "network.cidr: must be an IPv4 range whose last bits are 0",
        ),
        (
            "cidr: 10.77.0.0/16",
            "cidr: 'fd00::/48'",
            "network.cidr: must be an IPv4 range whose last bits are 0",
        ),
        (
            "budget_usd_month: 0",
            "budget_usd_month: .inf",
            "budget_usd_month: Input should be a finite number",
        ),
        ("ekyc.test", f"{'a' * 64}.test", "dns.domain: String should match"),
        (
            "budget_usd_month: 0",
            "budget_usd_month: 1:30.5",
            "budget_usd_month: Input should be a valid number, unable to parse string as a number"
            " (found '1:30.5')",
        ),
        (
            "budget_usd_month: 0",
            "port_offset: 0100\nbudget_usd_month: 0",
            "port_offset: Input should be a multiple of 1000 (found '0100')",
        ),
    ],
)
def test_a_value_no_cloud_would_take(tmp_path: Path, key: str, value: str, complaint: str) -> None:
    path = tmp_path / "local.yaml"
    path.write_text((ROOT / "stacks/clusters/local.yaml").read_text().replace(key, value))
    with pytest.raises(SpecError) as error:
        ClusterSpec.load(path)
    assert complaint in error.value.message


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
