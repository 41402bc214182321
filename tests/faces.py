"""Real photographs with known answers, read in place."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from sre_cli.adapters.sample_images import load_pairs
from sre_cli.core.pairs import Pair

IMAGES = Path(__file__).parents[2] / "shared" / "images"


def images_folder() -> Path:
    """The folder of labelled photographs; skips without them, fails in CI."""
    if not (IMAGES / "pairs.csv").is_file():
        reason = f"no labelled photographs in {IMAGES}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return IMAGES


def face_pairs() -> list[Pair]:
    """The labelled pairs."""
    return load_pairs(images_folder())


def selfies() -> list[tuple[Path, bool]]:
    """The labelled photographs of faces, and whether a person was before the camera."""
    folder = images_folder()
    rows = csv.DictReader((folder / "labels.csv").read_text().splitlines())
    return [
        (folder / row["file"], row["label"] != "spoof") for row in rows if row["task"] in {"identity", "pad"}
    ]
