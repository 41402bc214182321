"""Gives the path of every engine asked for, building what this machine lacks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from infra.toolchain.build import EXTRA_HINT, build
from infra.toolchain.catalogue import TOOLS, show_version
from infra.toolchain.find import Found, find
from sre_cli.errors import EngineUnavailable

BUILD_HINT = "make tools"


def ensure(names: Iterable[str]) -> dict[str, Path]:
    """Find each tool of `names`, building the Go ones that are missing or too old.

    Raises EngineUnavailable: when one is missing and cannot be built.
    """
    found = [find(TOOLS[name]) for name in names]
    lacking = [one.tool.name for one in found if not one.is_sufficient]
    return {one.tool.name: _path(one, lacking) for one in found}


def mend_command(found: Found) -> str:
    """The one command that gets the tool."""
    return BUILD_HINT if found.tool.is_built else EXTRA_HINT


def _path(found: Found, lacking: list[str]) -> Path:
    tool = found.tool
    if found.is_sufficient and found.path:
        return found.path
    if tool.is_built:
        return build(tool, f"{lacking.index(tool.name) + 1}/{len(lacking)}")
    need = show_version(tool.minimum)
    raise EngineUnavailable(
        f"{tool.name} is {found.describe()}, {need} or newer is needed", hint=mend_command(found)
    )
