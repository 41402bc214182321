"""What of the engines and weights this machine has, and the one command that mends each."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass

from infra.toolchain import docker_engine
from infra.toolchain.catalogue import ENGINES, TOOLS, Version, show_version
from infra.toolchain.ensure import ensure, mend_command
from infra.toolchain.find import Found, find
from infra.weights.pinned import WeightsFile, read_pinned
from infra.weights.store import FETCH_COMMAND, install, installed_path

PYTHON_MINIMUM: Version = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One engine of this machine, or one file of weights."""

    name: str
    needs: str
    found: str
    """Its version, or `missing`."""
    where: str
    is_sufficient: bool
    mend: str
    """What to type; empty when all is well."""


def diagnose() -> list[Finding]:
    """Look at every engine and file of weights, changing nothing."""
    found = [find(tool) for tool in TOOLS.values()]
    must_build = any(one.tool.is_built and not one.is_sufficient for one in found)
    tools = [_of_tool(one, must_build) for one in found]
    return [_of_docker(), *tools, _of_python(), *map(_of_weights, read_pinned())]


def mend() -> None:
    """Start the Docker engine, build the tools and fetch the weights that are missing.

    Raises EngineUnavailable: when something cannot be mended from here.
    """
    ensure(ENGINES)
    for file in read_pinned():
        install(file)
    docker_engine.ensure_engine()


def _of_docker() -> Finding:
    version = docker_engine.engine_version()
    enough = version is not None and version >= docker_engine.MINIMUM
    return Finding(
        name="docker-engine",
        needs=show_version(docker_engine.MINIMUM),
        found=show_version(version) if version else "no answer",
        where=shutil.which("docker") or "",
        is_sufficient=enough,
        mend="" if enough else docker_engine.mend_command(),
    )


def _of_tool(found: Found, must_build: bool) -> Finding:
    enough = found.is_sufficient or (found.tool.name not in ENGINES and not must_build)
    return Finding(
        name=found.tool.name,
        needs=show_version(found.tool.minimum),
        found=found.describe(),
        where=str(found.path or ""),
        is_sufficient=enough,
        mend="" if enough else mend_command(found),
    )


def _of_python() -> Finding:
    version = sys.version_info[:3]
    enough = version >= PYTHON_MINIMUM
    mend = "" if enough else f"install Python {show_version(PYTHON_MINIMUM)} or newer"
    return Finding(
        "python", show_version(PYTHON_MINIMUM), show_version(version), sys.executable, enough, mend
    )


def _of_weights(file: WeightsFile) -> Finding:
    path = installed_path(file)
    enough = file.is_at(path)
    return Finding(
        name=file.name,
        needs=f"sha256 {file.sha256[:12]}",
        found="as pinned" if enough else "another file" if path.is_file() else "missing",
        where=str(path) if path.is_file() else "",
        is_sufficient=enough,
        mend="" if enough else FETCH_COMMAND,
    )
