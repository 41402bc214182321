"""Weights, pinned by hash in `weights.toml`: inside installed packages, or fetched."""

from __future__ import annotations

import hashlib
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

PINNED = Path(__file__).with_name("weights.toml")
FETCH_COMMAND = "make weights"


class WeightsError(Exception):
    """Weights are missing, or not those that the thresholds were measured with."""


def pinned_sha256(name: str) -> str:
    """What the weights called `name` must hash to. Raises WeightsError: when none are called so."""
    return str(_pinned(name)["sha256"])


def read_weights(name: str, environment: Path = Path(sys.prefix)) -> bytes:
    """Read the weights that `weights.toml` lists as `name`; a package is read, not imported.

    What was fetched is looked for below the Python `environment`.
    Raises WeightsError: when they are missing or the content is another, with the command that mends it.
    """
    file = _pinned(name)
    if "package" in file:
        return _read_packaged(file)
    path = environment / file["folder"] / file["name"]
    try:
        return _read(path, str(path), file["sha256"])
    except WeightsError as error:
        raise WeightsError(f"{error}; get it with `{FETCH_COMMAND}`") from error


def _pinned(name: str) -> dict[str, Any]:
    listed = tomllib.loads(PINNED.read_text())
    try:
        return {"folder": listed["folder"], **listed["files"][name]}
    except KeyError:
        known = ", ".join(listed["files"])
        raise WeightsError(f"{PINNED.name} lists no weights {name!r}; it has {known}") from None


def _read_packaged(file: dict[str, Any]) -> bytes:
    what = f"{file['name']} of package {file['package']}"
    try:
        path = Path(str(distribution(file["package"]).locate_file(file["name"])))
    except PackageNotFoundError as error:
        raise WeightsError(f"{what} is missing: {error}") from error
    return _read(path, what, file["sha256"])


def _read(path: Path, what: str, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{what} is missing: {error}") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise WeightsError(f"{what} is not the pinned file (sha256 {sha256})")
    return content
