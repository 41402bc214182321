"""SnapshotManifest: what a snapshot of a cluster's state holds, in `manifest.json` beside its files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sre_cli.errors import UsageError
from sre_cli.specs.paths import snapshots_dir

PartName = Literal["consul", "nomad", "postgres"]
"""In the order in which they are restored: jobs find services, the database needs its job."""


class SnapshotPart(BaseModel):
    """One engine's state."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: PartName
    file: str = Field(pattern=r"^[\w.-]+$")
    version: str
    """Of the engine that wrote it."""
    size_bytes: int
    sha256: str


class SnapshotManifest(BaseModel):
    """Which cluster, when, and the files with their sums."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    env: str
    taken_at: datetime
    ca_sha256: str
    """Of the cluster's certificate authority: another cluster's tokens are not in this snapshot."""
    parts: list[SnapshotPart]
    notes: list[str] = []
    """What is not in it, and where that is."""

    @staticmethod
    def path(folder: Path) -> Path:
        """The manifest of the snapshot in `folder`."""
        return folder / "manifest.json"

    @classmethod
    def load(cls, folder: Path) -> SnapshotManifest:
        """Read it.

        Raises UsageError: when the folder holds no snapshot, or a broken one.
        """
        path = cls.path(folder)
        hint = f"snapshots lie in {snapshots_dir()}"
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise UsageError(f"no snapshot in {folder}: {path.name}: {error.strerror}", hint=hint) from None
        except ValidationError as error:
            raise UsageError(f"{path}: no manifest of a snapshot", hint=hint, detail=str(error)) from None
