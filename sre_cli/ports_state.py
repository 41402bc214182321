"""Side effects of looking after a cluster's engines: their state, their certificates, their versions."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from sre_cli.core.upgrade import Agent
from sre_cli.specs.snapshot import PartName, SnapshotManifest


class StateStore(Protocol):
    """An engine whose whole state goes into a file and back. Every method raises EngineUnavailable."""

    @property
    def name(self) -> PartName:
        """Which engine."""
        ...

    def version(self) -> str:
        """Of the engine that runs."""
        ...

    def save(self, path: Path) -> None:
        """Write the state into `path`, which exists, is empty and nobody else's to read."""
        ...

    def restore(self, path: Path) -> None:
        """Replace the state by what `path` holds."""
        ...

    def is_ready(self) -> bool:
        """Whether it serves; raises nothing."""
        ...


class SnapshotFolder(Protocol):
    """Where the files of one snapshot lie."""

    def new_file(self, name: str) -> Path:
        """Make an empty file that only its owner reads. Raises UsageError: when it exists."""
        ...

    def file(self, name: str) -> Path:
        """The path of a file."""
        ...

    def measure(self, name: str) -> tuple[int, str]:
        """Size in bytes and SHA-256 of a file. Raises UsageError: when it is not there."""
        ...

    def finish(self, manifest: SnapshotManifest) -> None:
        """Write the manifest, last: a folder without one is no snapshot."""
        ...

    def discard(self) -> None:
        """Remove the files that were made here, and the folder where nothing else is in it."""
        ...


class Certificates(Protocol):
    """What the cluster's engines show to who connects by TLS."""

    def serials(self) -> set[str]:
        """Serial numbers of every certificate seen. Raises EngineUnavailable: when one does not answer."""
        ...


class Fleet(Protocol):
    """The agents of Nomad, or of Consul, of one cluster."""

    @property
    def engine(self) -> str:
        """`nomad` or `consul`."""
        ...

    def agents(self) -> list[Agent]:
        """Every one that is known; none while nobody answers."""
        ...

    def check(self, version: str) -> None:
        """Raises Refused: when nodes cannot have that version."""
        ...

    def order(self, node: str, version: str) -> None:
        """Tell a node to run that version. Raises EngineUnavailable: when it cannot be told."""
        ...

    def withdraw(self) -> None:
        """Nobody's turn any more."""
        ...

    def yield_leadership(self) -> None:
        """Have the leader hand over to another server."""
        ...
