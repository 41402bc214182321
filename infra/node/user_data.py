"""The user-data of a node: one cloud-init document per role, the same on every cloud but for the values."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.node.config import NodeConfig

HERE = Path(__file__).parent


def user_data(config: NodeConfig) -> str:
    """The `#cloud-config` document that a node of this kind boots with. Holds no secret."""
    template = _jinja().get_template(f"{config.role}.yaml.j2")
    return template.render(config=config, node_json=_node_json(config))


def compressed_user_data(config: NodeConfig) -> bytes:
    """The same, gzipped as cloud-init takes it: for clouds that limit its size. Equal inputs, equal bytes."""
    return gzip.compress(user_data(config).encode(), compresslevel=9, mtime=0)


def _node_json(config: NodeConfig) -> str:
    """What the programs on the node read: the configuration, and the software that belongs there."""
    return json.dumps({**asdict(config), "software": software(config)}, indent=2, sort_keys=True)


def software(config: NodeConfig) -> dict[str, Any]:
    """The part of `software.yaml` that this kind of node needs."""
    known = yaml.safe_load((HERE / "software.yaml").read_text())
    baked = config.cloud == "local"
    packages = known["packages"]
    kinds = ["all", config.role, *([] if baked else ["clouds", config.cloud])]
    wanted = {
        "fluent-bit": not baked,
        "nvidia-container-toolkit": config.gpus > 0,
        "docker-compose": not baked and config.role == "client",
        "nomad": not baked,
        "consul": not baked,
    }
    return {
        "packages": {k: v for kind in kinds for k, v in packages.get(kind, {}).items()},
        "repositories": {name: known["repositories"][name] for name in known["repositories"] if wanted[name]},
        "releases": {name: known["releases"][name] for name in known["releases"] if wanted[name]},
    }


@cache
def _jinja() -> Environment:
    jinja = Environment(  # noqa: S701 - YAML
        loader=FileSystemLoader(HERE / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    jinja.filters["file"] = lambda path: (HERE / path).read_text()
    return jinja
