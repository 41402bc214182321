"""Specimens of identity documents with known answers, read in place, and one that is drawn."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont

from tests.faces import images_folder

SIZE_PX = (1100, 700)
INK, PAPER = (20, 20, 40), (235, 238, 240)


@dataclass(frozen=True)
class Specimen:
    """A picture of a document and the kind of its machine-readable zone."""

    path: Path
    kind: str


def specimens() -> list[Specimen]:
    """Those with a machine-readable zone; skips without them, fails in CI."""
    folder = images_folder()
    with (folder / "labels.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["task"] == "mrz"]
    return [Specimen(folder / row["file"], row["label"].upper()) for row in rows]


def drawn(zone: tuple[str, ...], size: tuple[int, int] = SIZE_PX) -> Image.Image:
    """A page with two lines of text and `zone` at its foot, in the fonts that matplotlib carries."""
    page = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(page)
    pen.text((60, 60), "UTOPIA  PASSPORT", INK, _font("DejaVuSans", 48))
    pen.text((60, 200), "Surname / Nom", INK, _font("DejaVuSans", 28))
    for number, line in enumerate(zone):
        pen.text((60, size[1] - 200 + number * 56), line, INK, _font("DejaVuSansMono", 34))
    return page


def _font(name: str, size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf", size_px)
