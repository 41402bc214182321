"""The SnapshotFolder port on this machine's disk: only the owner reads what it holds."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from sre_cli.errors import UsageError
from sre_cli.specs.snapshot import SnapshotManifest


class DiskSnapshotFolder:
    """One folder, made when the first file is."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._made: list[Path] = []

    def new_file(self, name: str) -> Path:
        """Make an empty file. Raises UsageError: when it exists."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.file(name)
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            raise UsageError(f"{path} exists already", hint="--to ANOTHER_FOLDER") from None
        self._made.append(path)
        return path

    def file(self, name: str) -> Path:
        """The path of a file."""
        return self._folder / name

    def measure(self, name: str) -> tuple[int, str]:
        """Size in bytes and SHA-256. Raises UsageError: when it is not there."""
        path = self.file(name)
        try:
            with path.open("rb") as file:
                return os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}", hint="take another snapshot") from None

    def finish(self, manifest: SnapshotManifest) -> None:
        """Write the manifest."""
        path = self.new_file(SnapshotManifest.path(self._folder).name)
        path.write_text(manifest.model_dump_json(indent=2) + "\n")

    def discard(self) -> None:
        """Remove the files that were made here, and the folder where nothing else is in it."""
        for path in self._made:
            path.unlink(missing_ok=True)
        with suppress(OSError):
            self._folder.rmdir()
