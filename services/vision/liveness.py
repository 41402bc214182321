"""Tells a face before the camera from a picture of one: print, screen (npm faceplugin-face-recognition-js).

Passive, on one image. The package calls it MIT and does not say what it was trained with: replace it where
that matters. It does not see digital images that never were before a camera, nor every good screen.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from services.core.images import RGB
from services.vision import networks
from services.vision.weights import read_weights

CROP_PX = 128
CROP_RATIO = 1.5
"""Side of the crop by the longer side of the box: the edges of a print or a screen lie around the face."""
LIVE = 0
"""Index of its class among the network's three."""


class LivenessNet:
    """Raises WeightsError when built without the pinned weights."""

    def __init__(self, threads: int) -> None:
        self._net = networks.load(read_weights("liveness"), threads)

    def score(self, bgr: RGB, row: NDArray[np.float32], roll_deg: float) -> float:
        """How likely the face that the detector described by `row`, in pixels of `bgr`, is live: 0 to 1."""
        return self.score_crop(liveness_crop(bgr, row, roll_deg))

    def score_crop(self, crop: RGB) -> float:
        """The same of a crop of 128 x 128, BGR: softmax over the classes."""
        planes = crop.transpose(2, 0, 1)[np.newaxis].astype(np.float32)
        (logits,) = self._net.run(None, {"input": planes})[0]
        powers = np.exp(logits - logits.max())
        return float(powers[LIVE] / powers.sum())


def liveness_crop(bgr: RGB, row: NDArray[np.float32], roll_deg: float) -> RGB:
    """The square around a face that the network looks at, turned upright, 128 x 128.

    Upright, because of 6 spoofs tilted by 10 or 20 degrees it took half for live as they were, a third so.
    What lies outside of the picture is black: mirrored instead, a close-up print is surrounded by itself,
    and one scored 0.78 in place of 0.12.
    """
    x, y, width, height = row[:4].tolist()
    centre = x + width / 2 - 0.5, y + height / 2 - 0.5  # pixels are counted from the middle of the first
    zoom = CROP_PX / (CROP_RATIO * max(width, height))
    matrix = np.asarray(cv2.getRotationMatrix2D(centre, roll_deg, zoom), np.float64)
    matrix[:, 2] += (CROP_PX - 1) / 2 - np.array(centre)
    return np.asarray(cv2.warpAffine(bgr, matrix, (CROP_PX, CROP_PX), flags=cv2.INTER_LINEAR), np.uint8)
