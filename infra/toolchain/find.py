"""Which engines this machine has: the first sufficient one on PATH, beside Python, or in the cache."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.toolchain.catalogue import GoModule, Tool, Version, parse_version, show_version
from sre_cli.specs.paths import cache_dir

ASK_TIMEOUT_S = 20


@dataclass(frozen=True)
class Found:
    """What a search for one tool came to."""

    tool: Tool
    path: Path | None = None
    version: Version | None = None

    @property
    def is_sufficient(self) -> bool:
        """Whether it may be used."""
        return self.version is not None and self.version >= self.tool.minimum

    def describe(self) -> str:
        """What is there, in a word or two."""
        if self.path is None:
            return "missing"
        return show_version(self.version) if self.version else "gives no version"


def find(tool: Tool, folders: Iterable[Path] | None = None) -> Found:
    """Look for `tool`; of several the first sufficient one wins, else the first of all."""
    seen = [Found(tool, path, ask_version(tool, path)) for path in _executables(tool, folders)]
    enough = [found for found in seen if found.is_sufficient]
    return (enough or seen or [Found(tool)])[0]


def ask_version(tool: Tool, path: Path) -> Version | None:
    """What `path` says its version is; None when it cannot be run or says none."""
    try:
        answer = subprocess.run(
            [path, *tool.ask],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ASK_TIMEOUT_S,
            check=True,
            # Pulumi would ask the network whether it is the newest, Go would fetch a newer Go.
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true", "GOTOOLCHAIN": "local"},
        )
        return parse_version(answer.stdout or answer.stderr)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def built_folder(tool: Tool, gomod: Path | None = None) -> Path:
    """Where the cache keeps the built tool, named for the version that go.mod pins."""
    return cache_dir() / "toolchain" / f"{tool.name}-{GoModule.of(tool, gomod).version}"


def _executables(tool: Tool, folders: Iterable[Path] | None) -> Iterator[Path]:
    for folder in dict.fromkeys(_folders(tool) if folders is None else folders):
        path = folder / tool.name
        if path.is_file() and os.access(path, os.X_OK):
            yield path


def _folders(tool: Tool) -> Iterator[Path]:
    # Agents and builds run in other folders than this one.
    yield from (Path(part).absolute() for part in os.environ.get("PATH", "").split(os.pathsep) if part)
    yield Path(sys.executable).parent
    if tool.is_built:
        yield built_folder(tool)
