"""SFace turns an aligned face into 128 numbers (Y. Zhong et al.: SFace, 2021; the OpenCV model zoo)."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from services.core.images import RGB
from services.vision import networks
from services.vision.weights import read_weights

CROP_PX = 112
LANDMARKS_PX = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Where eyes, nose and corners of the mouth lie in a crop: ArcFace's template, which SFace learnt with."""

WEIGHTS = "sface"


class FaceEmbedder:
    """Raises WeightsError when built without the pinned weights."""

    def __init__(self, threads: int = 1) -> None:
        self._net = networks.load(read_weights(WEIGHTS), threads)

    def embed(self, crops: Sequence[RGB]) -> NDArray[np.float32]:
        """Embed aligned faces, in BGR, in one run; a row of length 1 each."""
        blob = np.stack(crops)[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32)
        (numbers,) = self._net.run(None, {"data": blob})
        return np.asarray(numbers / np.maximum(np.linalg.norm(numbers, axis=1, keepdims=True), 1e-9))

    def align(self, bgr: RGB, row: NDArray[np.float32]) -> RGB:
        """Cut out the face that the detector described by `row`, in pixels of `bgr`: CROP_PX high and wide,
        turned, shifted and scaled so that its landmarks come closest to the template's."""
        turn = _similarity(row[4:14].reshape(5, 2), LANDMARKS_PX)
        crop = cv2.warpAffine(bgr, turn, (CROP_PX, CROP_PX))
        return np.asarray(crop, np.uint8)


def _similarity(points: NDArray[np.floating], onto: NDArray[np.floating]) -> NDArray[np.float64]:
    """The 2 x 3 matrix of the least-squares similarity: with points as complex numbers, z -> a z + b."""
    z, w = (p[:, 0].astype(float) + 1j * p[:, 1] for p in (points, onto))
    centred = z - z.mean()
    a = np.vdot(centred, w - w.mean()) / max(np.vdot(centred, centred).real, 1e-9)
    b = w.mean() - a * z.mean()
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])
