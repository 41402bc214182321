"""Real photographs with known answers, read in place."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

IMAGES = Path(__file__).parents[2] / "shared" / "images"


@dataclass(frozen=True)
class Pair:
    """Two photographs, and whether they show one person."""

    a: Path
    b: Path
    same: bool


def face_pairs() -> list[Pair]:
    """The labelled pairs; skips without them, fails in CI."""
    table = IMAGES / "pairs.csv"
    if not table.is_file():
        reason = f"no labelled photographs at {table}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with table.open() as lines:
        return [Pair(IMAGES / r["a"], IMAGES / r["b"], r["same"] == "1") for r in csv.DictReader(lines)]
