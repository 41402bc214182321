"""The user-data before real cloud-init, and its units before real systemd: inside the node image."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.node.config import NodeConfig
from infra.node.image import node_image
from infra.node.user_data import user_data
from tests.engines import require_engines
from tests.unit.infra.node.test_user_data import KINDS

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def image() -> str:
    require_engines()
    return node_image()


def inside(image: str, command: str, files: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    """Run `command` in the image, with `files` put there before."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as made:
        for path, text in files.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size = len(text.encode())
            made.addfile(entry, io.BytesIO(text.encode()))
    argv = ["docker", "run", "--rm", "--interactive", "--network", "none", image]
    script = f"tar -xf - -C / && {command}"
    return subprocess.run(
        [*argv, "/bin/sh", "-c", script], input=archive.getvalue(), capture_output=True, check=False
    )


def written(config: NodeConfig) -> dict[str, str]:
    document: dict[str, Any] = yaml.safe_load(user_data(config))
    return {file["path"]: file["content"] for file in document["write_files"]}


@pytest.mark.parametrize("kind", KINDS)
def test_cloud_init_accepts_it(image: str, kind: str) -> None:
    answer = inside(image, "cloud-init schema --config-file /u.yaml", {"/u.yaml": user_data(KINDS[kind])})
    assert answer.returncode == 0, answer.stdout.decode() + answer.stderr.decode()


def test_cloud_init_refuses_what_is_wrong(image: str) -> None:
    wrong = user_data(KINDS["client-local"]).replace("runcmd:", "runcmd: 1\nx:")
    assert inside(image, "cloud-init schema --config-file /u.yaml", {"/u.yaml": wrong}).returncode != 0


@pytest.mark.parametrize("kind", KINDS)
def test_systemd_finds_no_mistake_in_the_units(image: str, kind: str) -> None:
    files = written(KINDS[kind])
    units = " ".join(Path(path).name for path in files if path.endswith((".service", ".timer", ".target")))
    # What the clouds' nodes install first is not in this image.
    stub = "install -D /bin/true /opt/fluent-bit/bin/fluent-bit"
    answer = inside(image, f"{stub} && systemd-analyze verify --man=no {units}", files)
    assert answer.returncode == 0, answer.stderr.decode()
    assert b"Unknown" not in answer.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_every_program_starts_on_the_nodes_own_python(image: str, kind: str) -> None:
    files = written(KINDS[kind])
    modules = [Path(path).stem for path in files if "/sre_node/" in path]
    imports = ", ".join(f"sre_node.{name}" for name in modules if name != "__init__")
    answer = inside(
        image,
        f"cd /usr/local/lib/sre && python3 -I -c 'import sys; sys.path[0:0] = [\".\"]; import {imports}'",
        files,
    )
    assert answer.returncode == 0, answer.stderr.decode()
