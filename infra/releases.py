"""Where a node that is to run another version gets the program from."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from infra.clouds.local.docker import docker
from infra.toolchain.catalogue import TOOLS, show_version
from infra.toolchain.find import find
from sre_cli.errors import Refused
from sre_cli.specs.cluster import CloudName

SOFTWARE = Path(__file__).parent / "node" / "software.yaml"
STAGED = "/var/lib/sre-staged"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
Release = Mapping[str, Any]
"""`url` and, by architecture, `sha256`."""


def release(cloud: CloudName, engine: str, version: str) -> Callable[[str], Release]:
    """What gives a node, by its name, `engine` in `version`.

    Raises Refused: when that version is not the pinned one, or, on the cloud `local`, not on this machine.
    """
    return _of_this_machine(engine, version) if cloud == "local" else _pinned(engine, version)


def _pinned(engine: str, version: str) -> Callable[[str], Release]:
    pinned = yaml.safe_load(SOFTWARE.read_text())["releases"][engine]
    if pinned["version"] != version:
        raise Refused(
            f"infra/node/software.yaml pins {engine} {pinned['version']}: every new machine has that",
            hint=f"write {version} and its SHA-256 there, and commit it",
        )
    return lambda node: {key: pinned[key] for key in ("url", "sha256")}


def _of_this_machine(engine: str, version: str) -> Callable[[str], Release]:
    found = find(TOOLS[engine])
    has = show_version(found.version) if found.version else "missing"
    if found.path is None or has != version:
        raise Refused(
            f"nodes of the cloud `local` get this machine's {engine}, which is {has}, not {version}",
            hint=f"put {engine} {version} on PATH",
        )
    path = found.path
    sha256 = {ARCHITECTURES[platform.machine()]: hashlib.sha256(path.read_bytes()).hexdigest()}

    def stage(node: str) -> Release:
        docker("exec", node, "mkdir", "-p", STAGED)
        docker("cp", "--follow-link", str(path), f"{node}:{STAGED}/{engine}")
        return {"url": f"file://{STAGED}/{engine}", "sha256": sha256}

    return stage
