"""The user-data: what it puts where, that it fits, and that nothing of it depends on the moment."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.node.config import NodeConfig
from infra.node.user_data import HERE, compressed_user_data, user_data
from tests.engines import ROOT
from tests.unit.infra.node.conftest import node_config

AWS_LIMIT_BYTES = 16384
LOGIN = "aws ecr get-login-password |\n  docker login --username AWS --password-stdin registry.example"
KINDS = {
    "server-local": node_config("server"),
    "client-local": node_config(cpus=2, memory_mib=3072),
    "server-aws": node_config("server", "aws"),
    "client-aws-gpu": node_config(
        cloud="aws", gpus=1, gpu_memory_mib=16384, spot=True, registry_login=LOGIN, report_drained="true"
    ),
    "client-gcp": node_config(cloud="gcp"),
}


def outline(config: NodeConfig) -> str:
    document = yaml.safe_load(user_data(config))
    files = [f"{file['permissions']} {file['path']}" for file in document["write_files"]]
    commands = [" ".join(words) for words in document["runcmd"]]
    return "\n".join([*files, "", *commands, ""])


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_node_gets(kind: str) -> None:
    """`UPDATE_GOLDEN=1 pytest tests/unit/infra/node` writes them anew; read the diff."""
    golden = ROOT / "tests/golden/node" / f"{kind}.outline"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(outline(KINDS[kind]))
    assert outline(KINDS[kind]) == golden.read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_arrives_as_it_stands_here(kind: str) -> None:
    sources = {path.name: path.read_text() for path in HERE.rglob("*") if is_source(path)}
    for file in yaml.safe_load(user_data(KINDS[kind]))["write_files"]:
        name = Path(file["path"]).name
        if name in sources:
            assert file["content"] == sources[name], name


def is_source(path: Path) -> bool:
    return path.is_file() and path.parent.name in {"sre_node", "units"} and path.suffix != ".pyc"


@pytest.mark.parametrize("kind", KINDS)
def test_every_program_finds_what_it_imports(kind: str) -> None:
    """A module that a role's template forgot would end the unit at its first line."""
    texts = {
        Path(file["path"]).stem: file["content"]
        for file in yaml.safe_load(user_data(KINDS[kind]))["write_files"]
        if "/sre_node/" in file["path"]
    }
    imported = {
        name
        for text in texts.values()
        for line in text.splitlines()
        if line.startswith("from .")
        for name in imported_names(line)
    }
    assert imported <= set(texts)


def imported_names(line: str) -> list[str]:
    """`from .api import Api` imports api, `from . import apt, gpu` both."""
    module, _, names = line.removeprefix("from .").partition("import ")
    return [module.strip()] if module.strip() else names.split(", ")


def test_the_scripts_given_come_whole() -> None:
    files = {file["path"]: file for file in document("client-aws-gpu")["write_files"]}
    assert files["/etc/sre/registry-login"]["content"] == f"{LOGIN}\n"


def document(kind: str) -> dict[str, Any]:
    return dict(yaml.safe_load(user_data(KINDS[kind])))


@pytest.mark.parametrize("kind", KINDS)
def test_it_fits_where_a_cloud_limits_it(kind: str) -> None:
    compressed = compressed_user_data(KINDS[kind])
    assert len(compressed) <= AWS_LIMIT_BYTES
    assert gzip.decompress(compressed).decode() == user_data(KINDS[kind])
    assert compressed == compressed_user_data(KINDS[kind])


def test_a_node_of_local_downloads_nothing() -> None:
    assert '"releases": {}' in user_data(KINDS["client-local"])
    assert "https://" not in user_data(KINDS["client-local"]).split("/usr/local/lib/sre", 1)[0]
