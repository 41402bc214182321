"""From an image file to the one face in it that is meant, and how good its picture is.

Every check of a face begins like this: one decode, one detection.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from services.core.faces import choose_face
from services.core.images import RGB, Limits, decode
from services.core.quality import CROP_PX, Crop, Quality, judge
from services.core.stopwatch import Stopwatch
from services.vision.yunet import Detected, FaceDetector

COARSE_PX = 800
"""Longest decoded side: a face of a seventh of it fills SFace's crop of 112 px."""
FINE_PX = 1920
"""The same where the face is smaller than that."""


@dataclass(frozen=True)
class Portrait:
    """A decoded picture and the face in it that is meant."""

    bgr: RGB
    detected: Detected
    count: int
    """Faces in the picture."""
    quality: Quality


class PortraitReader:
    """Not thread-safe, as its detector is not."""

    def __init__(self, detector: FaceDetector, limits: Limits, *, enough_px: int):
        """`enough_px` is how high the caller wants the face, where the file has so many pixels."""
        self._detector = detector
        self._limits = limits
        self._enough_px = enough_px

    def warm_up(self) -> None:
        """Run the detector on a black image."""
        self._detector.detect(np.zeros((640, 640, 3), np.uint8))

    def read(self, data: bytes, watch: Stopwatch) -> Portrait:
        """Decode, detect, choose, judge; `watch` gets the stages decode, detect and quality.

        Raises what `decode` and `choose_face` raise.
        """
        bgr, scale = self._decode(data, COARSE_PX, watch)
        seen = self._detector.detect(bgr, scale)
        watch.lap("detect")
        chosen, count = choose_face([one.face for one in seen])
        detected = seen[chosen]
        if scale < 1 and detected.face.height * scale < self._enough_px:
            coarse, (bgr, scale) = scale, self._decode(data, FINE_PX, watch)
            detected = detected.scaled(scale / coarse)
        quality = _judged(bgr, scale, detected)
        watch.lap("quality")
        return Portrait(bgr, detected, count, quality)

    def _decode(self, data: bytes, longest_px: int, watch: Stopwatch) -> tuple[RGB, float]:
        picture = decode(data, self._limits, enough_px=longest_px)
        bgr = picture.bgr
        watch.lap("decode")
        return bgr, picture.scale


def _judged(bgr: RGB, scale: float, detected: Detected) -> Quality:
    height, width = bgr.shape[:2]
    original_px = width / scale, height / scale
    return judge(quality_crop(bgr, detected), detected.face, detected.landmarks, original_px)


def quality_crop(bgr: RGB, detected: Detected) -> Crop:
    """The middle square of the face's box, as far as it lies in the picture, in grey at one size."""
    height, width = bgr.shape[:2]
    x, y, box_width, box_height = detected.row[:4].tolist()
    side = min(box_width, box_height)
    left, top = x + (box_width - side) / 2, y + (box_height - side) / 2
    columns, rows = _within(left, left + side, width), _within(top, top + side, height)
    grey = cv2.cvtColor(bgr[rows, columns], cv2.COLOR_BGR2GRAY)
    # Averaged, because skipped pixels would pass for detail; by a whole factor first, which is much faster.
    factor = max(1, min(grey.shape) // CROP_PX)
    high, wide = (pixels // factor for pixels in grey.shape)
    trimmed = grey[: high * factor, : wide * factor]
    small = cv2.resize(trimmed, (wide, high), interpolation=cv2.INTER_AREA)
    # An average cannot enlarge: it repeats pixels, whose edges would pass for detail too.
    method = cv2.INTER_AREA if min(small.shape) >= CROP_PX else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(small, (CROP_PX, CROP_PX), interpolation=method), np.uint8)


def _within(start: float, stop: float, limit: int) -> slice:
    """At least one pixel."""
    first = min(max(round(start), 0), limit - 1)
    return slice(first, max(first + 1, min(round(stop), limit)))
