"""Weights that come inside installed packages, pinned by hash."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path


class WeightsError(Exception):
    """Weights are missing, or not those that the thresholds were measured with."""


def read_weights(package: str, path: str, sha256: str) -> bytes:
    """Read `path` of an installed `package` without importing it.

    Raises WeightsError: when the package or the file is missing or the content is another.
    """
    try:
        content = Path(str(distribution(package).locate_file(path))).read_bytes()
    except (PackageNotFoundError, OSError) as error:
        raise WeightsError(f"{path} of package {package} is missing: {error}") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise WeightsError(f"{path} of package {package} is not the pinned file (sha256 {sha256})")
    return content
