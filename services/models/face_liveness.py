"""face-liveness: is a person before the camera, or a picture of one?

YuNet finds the face, its picture is judged, and a network of the npm package
`faceplugin-face-recognition-js` scores it: 1 is live. One selfie, nothing for the person to do; that stops
prints and most screens, not a digital image sent as a selfie. Whoever must stop those asks for more besides.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, Field

from services import manifests
from services.core.errors import ServiceError
from services.core.faces import SeenFace, box_of
from services.core.feedback import Truths
from services.core.images import Limits
from services.core.quality import Quality, QualityReason
from services.core.stopwatch import Stopwatch
from services.models import Check, Images, Model, Outcome

if TYPE_CHECKING:
    from services.vision.liveness import LivenessNet
    from services.vision.portrait import PortraitReader

MANIFEST = manifests.load("face-liveness")
LIVE_SCORE = MANIFEST.threshold("live-score")
SPOOF_SCORE = MANIFEST.threshold("spoof-score")
"""Between the two is for a person to look at."""


class Verdict(StrEnum):
    """What to do with the selfie."""

    LIVE = "live"
    SPOOF = "spoof"
    REVIEW = "review"


class Doubt(StrEnum):
    """What the network has against a face; stable codes, beside those of the quality."""

    UNCERTAIN = "liveness-uncertain"
    LOW = "liveness-low"


class FaceLiveness(BaseModel):
    """The verdict."""

    score: float = Field(ge=0, le=1, description="How likely a person is before the camera; not calibrated")
    verdict: Verdict = Field(description="`review`: the score is in between, or the picture too poor for it")
    reasons: list[QualityReason | Doubt] = Field(description="Why it is not `live`; empty when it is")
    face: SeenFace
    quality: Quality


class LivenessChecker:
    """Decodes, detects, judges, scores."""

    def __init__(self, reader: PortraitReader, net: LivenessNet):
        self._reader = reader
        self._net = net

    def warm_up(self) -> None:
        """Run both networks on black images."""
        self._reader.warm_up()
        self._net.score_crop(np.zeros((128, 128, 3), np.uint8))

    def predict(self, batch: Sequence[Images]) -> list[Outcome]:
        """Check each selfie."""
        return [self._check(images["selfie"]) for images in batch]

    def _check(self, selfie: bytes) -> Outcome:
        watch = Stopwatch()
        try:
            portrait = self._reader.read(selfie, watch)
        except ServiceError as refusal:
            refusal.image = "selfie"
            return Outcome(refusal, watch.spent_ms)
        score = self._net.score(portrait.bgr, portrait.detected.row, portrait.quality.roll_deg)
        watch.lap("score")
        face = portrait.detected.face
        seen = SeenFace(count=portrait.count, box=box_of(face), confidence=round(face.confidence, 4))
        return Outcome(decide(score, seen, portrait.quality), watch.spent_ms)


def decide(score: float, face: SeenFace, quality: Quality) -> FaceLiveness:
    """Turn a score into a verdict; of a poor picture none is believed, neither `live` nor `spoof`."""
    verdict, doubts = _by_score(score)
    return FaceLiveness(
        score=round(score, 6),
        verdict=Verdict.REVIEW if quality.reasons else verdict,
        reasons=[*quality.reasons, *doubts],
        face=face,
        quality=quality,
    )


def _by_score(score: float) -> tuple[Verdict, list[Doubt]]:
    if score >= LIVE_SCORE:
        return Verdict.LIVE, []
    if score < SPOOF_SCORE:
        return Verdict.SPOOF, [Doubt.LOW]
    return Verdict.REVIEW, [Doubt.UNCERTAIN]


def _load(threads: int, limits: Limits) -> Model:
    # Here, because the API reads this file too and shall not carry the networks' libraries.
    import cv2

    from services.vision.liveness import CROP_PX, LivenessNet
    from services.vision.portrait import PortraitReader
    from services.vision.yunet import LONGEST_SIDE_PX, FaceDetector

    cv2.setNumThreads(threads)
    detector = FaceDetector(threads, first_look_px=LONGEST_SIDE_PX)
    reader = PortraitReader(detector, limits, enough_px=CROP_PX)
    return LivenessChecker(reader, LivenessNet(threads))


CHECK = Check(
    name="face-liveness",
    summary="Tell a live face from a picture of one",
    parts=("selfie",),
    result=FaceLiveness,
    model=MANIFEST.info,
    load=_load,
    features=MANIFEST.features,
    truths=Truths(lambda result: result.get("verdict"), words=(Verdict.LIVE, Verdict.SPOOF)),
)
