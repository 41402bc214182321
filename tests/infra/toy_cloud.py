"""A cloud whose machines are files: what the driver does to real clouds, in seconds."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from infra.identity import Identity
from sre_cli.errors import UsageError
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.shapes import PriceTable

KNOBS = "knobs.json"
"""How the cloud behaves: `text` of every machine, `slow_s` that each takes, the one that is `broken`, a
`mistake` of the program, one subnet that is `open`."""


def folder() -> Path:
    """Where the machines are."""
    return Path(os.environ["TOY_FOLDER"])


def knobs() -> dict[str, Any]:
    """What the test has set."""
    return dict(json.loads((folder() / KNOBS).read_text()))


class FileProvider(ResourceProvider):
    """`path`, `text` -> a file."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        path = Path(props["path"])
        if path.name == knobs().get("broken"):
            raise RuntimeError(f"no room for {path.name}")
        path.with_suffix(".begun").touch()
        time.sleep(float(knobs().get("slow_s", 0)))
        path.write_text(props["text"])
        path.with_suffix(".begun").unlink()
        return CreateResult(str(path), {"path": props["path"], "text": props["text"]})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        path = Path(id_)
        if not path.exists():
            return ReadResult(None, {})
        return ReadResult(id_, {"path": str(path), "text": path.read_text()})

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        moved = olds["path"] != news["path"]
        replaces = ["path"] if moved else []
        changes = moved or olds["text"] != news["text"]
        return DiffResult(changes=changes, replaces=replaces, delete_before_replace=True)

    def update(self, id_: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        Path(id_).write_text(news["text"])
        return UpdateResult({"path": news["path"], "text": news["text"]})

    def delete(self, id_: str, _props: dict[str, Any]) -> None:
        Path(id_).unlink(missing_ok=True)


class Machine(Resource, module="toy", name="Machine"):
    """A machine of the toy cloud."""

    def __init__(self, name: str, text: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None):
        super().__init__(FileProvider(), name, {"path": str(folder() / name), "text": text}, opts)


class ToyCloud:
    """Three machines; what a crash left is a machine too."""

    def prepare(self, spec: ClusterSpec) -> None:
        """Nothing is needed."""

    def build(self, spec: ClusterSpec, prices: PriceTable, identity: Identity) -> Mapping[str, Any]:
        known = knobs()
        if "mistake" in known:
            raise UsageError(known["mistake"], hint="turn the knob")
        first = Machine("machine-0", known.get("text", "one"))
        for index in (1, 2):
            Machine(f"machine-{index}", known.get("text", "one"), pulumi.ResourceOptions(depends_on=[first]))
        if known.get("open"):
            pulumi.ComponentResource("aws:ec2/subnet:Subnet", "public", {"mapPublicIpOnLaunch": True})
        url = "https://127.0.0.1:1"
        return {
            "nomad_url": url,
            "consul_url": url,
            "api_url": url,
            "registry": "registry.test",
            "registry_push": "registry.test",
            "pools": {
                name: {"id": name, "min": pool.min, "max": pool.max} for name, pool in spec.pools.items()
            },
        }

    def remains(self, spec: ClusterSpec) -> list[str]:
        """What is there, whether or not the stack knows it."""
        return [path.name for path in folder().glob("*machine*")]

    def sweep(self, spec: ClusterSpec) -> None:
        """Remove it."""
        for path in folder().glob("*machine*"):
            path.unlink()
