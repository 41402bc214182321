"""document-ocr: what is written on an identity document?

PP-OCRv6 finds and reads lines of text; it comes inside the PyPI package `rapidocr` (Apache-2.0). A
machine-readable zone is parsed and its check digits are verified as ICAO Doc 9303 says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, Field

from services import manifests
from services.core.errors import ServiceError, TextMissing
from services.core.feedback import Truths
from services.core.images import Limits, decode
from services.core.mrz import Mrz
from services.core.mrz_fields import DataElement
from services.core.mrz_layouts import Kind
from services.core.stopwatch import Stopwatch
from services.models import Check, Images, Model, Outcome

if TYPE_CHECKING:
    from services.core.text_lines import TextLine
    from services.vision.page import Page, PageReader

PART = "document"
ENOUGH_PX = 1920
"""Longest decoded side: a zone across two thirds of it is as large as the recogniser wants it."""

MANIFEST = manifests.load("document-ocr")
FEWEST_CHARACTERS = MANIFEST.threshold("fewest-characters")


class TextBox(BaseModel):
    """Upright rectangle around a line, in pixels of the upright image, from its top left."""

    x: int
    y: int
    width: int
    height: int


class Line(BaseModel):
    """A line of text."""

    text: str
    confidence: float = Field(ge=0, le=1, description="Mean over the characters")
    box: TextBox
    quad: list[tuple[int, int]] = Field(
        min_length=4, max_length=4, description="Corners (x, y) from the text's top left, clockwise"
    )


class MachineReadableZone(BaseModel):
    """A machine-readable zone as ICAO Doc 9303 defines it."""

    kind: Kind
    lines: list[str]
    valid: bool = Field(description="Every check digit holds, and no field holds what it cannot")
    repaired: list[str] = Field(
        description="Fields whose O/0, lookalikes or number of fillers were put right; only where check "
        "digits then hold. `composite` is its check digit, `fillers` the length of a line"
    )


class Fields(BaseModel):
    """The data elements of a zone, by ICAO's terms."""

    document_type: DataElement
    issuing_state: DataElement = Field(description="As written: three letters, or D for Germany")
    document_number: DataElement
    primary_identifier: DataElement = Field(description="Mostly the surname")
    secondary_identifier: DataElement = Field(description="Mostly the given names")
    nationality: DataElement
    date_of_birth: DataElement = Field(
        description="ISO 8601, without a day or month that is unknown; the latest that is not in the future"
    )
    sex: DataElement = Field(description="F, M or X")
    date_of_expiry: DataElement = Field(description="ISO 8601, from 50 years ago to 49 years ahead")
    optional_data: DataElement
    optional_data_2: DataElement | None = Field(default=None, description="Of the second line of a TD1")


class DocumentOcr(BaseModel):
    """What is written on the document."""

    lines: list[Line] = Field(description="In reading order")
    complete: bool = Field(
        description="Whether every line was read: not once a valid zone is found, nor of very many"
    )
    rotation: float = Field(ge=0, lt=360, description="Degrees that the text is turned, clockwise")
    mrz: MachineReadableZone | None = Field(description="null when the page shows none")
    fields: Fields | None = Field(description="What the zone says; null without one")


class DocumentReader:
    """Decodes and reads."""

    def __init__(self, reader: PageReader, limits: Limits):
        self._reader = reader
        self._limits = limits

    def warm_up(self) -> None:
        """Run both networks on a blank page."""
        self._reader.warm_up()

    def predict(self, batch: Sequence[Images]) -> list[Outcome]:
        """Read each document."""
        return [self._answer(images[PART]) for images in batch]

    def _answer(self, data: bytes) -> Outcome:
        watch = Stopwatch()
        try:
            picture = decode(data, self._limits, enough_px=ENOUGH_PX)
            watch.lap("decode")
            page = self._reader.read(np.ascontiguousarray(picture.rgb[:, :, ::-1]), _today(), watch)
            if sum(len(line.text) for line in page.lines) < FEWEST_CHARACTERS:
                raise TextMissing
        except ServiceError as refusal:
            refusal.image = PART
            return Outcome(refusal, watch.spent_ms)
        return Outcome(_result(page, picture.scale), watch.spent_ms)


def _today() -> date:
    return datetime.now(UTC).date()


def _result(page: Page, scale: float) -> DocumentOcr:
    return DocumentOcr(
        lines=[_line(line, scale) for line in page.lines],
        complete=page.complete,
        rotation=round(page.towards % 360, 1) % 360,
        mrz=_zone(page.mrz) if page.mrz else None,
        fields=Fields(**page.mrz.fields) if page.mrz else None,
    )


def _zone(mrz: Mrz) -> MachineReadableZone:
    return MachineReadableZone(
        kind=mrz.kind, lines=list(mrz.lines), valid=mrz.valid, repaired=list(mrz.repaired)
    )


def _line(line: TextLine, scale: float) -> Line:
    quad = np.rint(line.quad / scale).astype(int)
    (x, y), (right, bottom) = quad.min(axis=0).tolist(), quad.max(axis=0).tolist()
    return Line(
        text=line.text,
        confidence=round(line.confidence, 4),
        box=TextBox(x=x, y=y, width=right - x, height=bottom - y),
        quad=quad.tolist(),
    )


def _said(result: Mapping[str, Any]) -> dict[str, str]:
    fields = result.get("fields") or {}
    return {name: one["value"] for name, one in fields.items() if one and one["value"] is not None}


def _load(threads: int, limits: Limits) -> Model:
    # Here, because the API reads this file too and shall not carry an inference library.
    import cv2

    from services.vision.page import PageReader

    cv2.setNumThreads(threads)
    return DocumentReader(PageReader(threads), limits)


CHECK = Check(
    name="document-ocr",
    summary="Read an identity document and its machine-readable zone",
    parts=(PART,),
    result=DocumentOcr,
    model=MANIFEST.info,
    load=_load,
    features=MANIFEST.features,
    truths=Truths(_said, fields=tuple(Fields.model_fields)),
)
