"""YuNet finds faces and five landmarks (W. Wu, H. Peng, S. Yu: YuNet, 2023; the OpenCV model zoo)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from services.core.faces import COMPARABLE_RATIO, SURE_RATIO, Face, Landmarks
from services.core.images import RGB
from services.vision import networks
from services.vision.weights import read_weights

Rows = NDArray[np.float32]
"""A face each: box (4: left, top, width, height), landmarks (5 x 2), confidence; in pixels."""

QUICK_PX = 320
"""Longest side at the first look: equal in accuracy (tests/bench/README.md), at a quarter of the work."""
LONGEST_SIDE_PX = 640
"""Longest side at the second look, where the first found no face that is large, sure and alone."""
LARGE_PX = 48
"""Height of a large face, as the network sees it."""
SCORE_THRESHOLD = 0.6
NMS_THRESHOLD = 0.3
TOP_K = 50
STRIDES_PX = (8, 16, 32)
"""The network looks in grids of these steps, and takes sides that are multiples of the last."""
KINDS = ("cls", "obj", "bbox", "kps")
"""What it says about each cell of a grid: is it a face, is it anything, the box, the landmarks."""

WEIGHTS = "yunet"


@dataclass(frozen=True)
class Detected:
    """A face, and the detector's row that the aligner needs."""

    face: Face
    row: NDArray[np.float32]
    """Box (4), landmarks (5 x 2) in pixels of the given image, confidence."""

    @property
    def landmarks(self) -> Landmarks:
        """In pixels of the given image."""
        return self.row[4:14].reshape(5, 2)

    def scaled(self, factor: float) -> Detected:
        """The same face in the same picture of another size."""
        row = self.row.copy()
        row[:14] *= factor
        return Detected(self.face, row)


class FaceDetector:
    """Raises WeightsError when built without the pinned weights."""

    def __init__(self, threads: int = 1, first_look_px: int = QUICK_PX) -> None:
        """`first_look_px` is LONGEST_SIDE_PX for whoever needs the box exactly and not just the landmarks."""
        self._first_look_px = first_look_px
        self._net = networks.load(read_weights(WEIGHTS), threads)
        self._outputs = [f"{kind}_{stride}" for stride in STRIDES_PX for kind in KINDS]

    def detect(self, bgr: RGB, scale: float = 1.0) -> list[Detected]:
        """Find faces. `scale` is pixels of `bgr` a pixel of the original; boxes are in the original's."""
        rows, shrink = self._look(bgr, self._first_look_px)
        if shrink < 1 and self._first_look_px < LONGEST_SIDE_PX and not _is_clear(rows):
            rows, shrink = self._look(bgr, LONGEST_SIDE_PX)
        rows[:, :14] /= shrink
        return [Detected(_face(row, scale), row) for row in rows]

    def _look(self, bgr: RGB, side_px: int) -> tuple[Rows, float]:
        """The faces in pixels of the picture shrunk to `side_px`, and the factor it was shrunk by."""
        small, shrink = _fitted(bgr, side_px)
        blob = _padded(small)
        maps = iter(self._net.run(self._outputs, {"input": blob}))
        grids = [_decoded([next(maps) for _ in KINDS], stride, blob.shape[3]) for stride in STRIDES_PX]
        return _suppressed(np.concatenate(grids)), shrink


def _is_clear(rows: Rows) -> bool:
    """Whether the highest face is large and sure, and no other is half as high."""
    by_height = rows[np.argsort(-rows[:, 3])]
    return (
        len(rows) > 0
        and by_height[0, 3] >= LARGE_PX
        and by_height[0, 14] >= SURE_RATIO
        and (len(rows) == 1 or by_height[1, 3] < COMPARABLE_RATIO * by_height[0, 3])
    )


def _fitted(bgr: RGB, side_px: int) -> tuple[RGB, float]:
    """The picture with its longest side at most `side_px`, and the factor.

    Means of 2 x 2 as long as it is more than twice too large, then linear: as smooth as means over the
    whole factor, and several times as fast.
    """
    height, width = bgr.shape[:2]
    shrink = min(1.0, side_px / max(width, height))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    while max(bgr.shape[:2]) > 2 * side_px and min(bgr.shape[:2]) > 1:
        height, width = bgr.shape[0] // 2, bgr.shape[1] // 2
        even = bgr[: 2 * height, : 2 * width]
        bgr = np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_LINEAR), np.uint8), shrink


def _padded(bgr: RGB) -> NDArray[np.float32]:
    """1 x 3 x height x width, black on the right and below up to multiples of the last stride."""
    height, width = bgr.shape[:2]
    step = STRIDES_PX[-1]
    blob = np.zeros((1, 3, -(-height // step) * step, -(-width // step) * step), np.float32)
    blob[0, :, :height, :width] = bgr.transpose(2, 0, 1)
    return blob


def _decoded(maps: list[NDArray[np.float32]], stride: int, width_px: int) -> Rows:
    """What one grid saw: the geometry is relative to each cell, sizes are logarithms, in strides."""
    columns = width_px // stride
    classes, objects, boxes, landmarks = (one[0] for one in maps)
    scores = np.sqrt(np.clip(classes[:, 0], 0, 1) * np.clip(objects[:, 0], 0, 1))
    sure = np.flatnonzero(scores >= SCORE_THRESHOLD)
    cells = np.stack([sure % columns, sure // columns], 1)
    sizes = np.exp(boxes[sure, 2:])
    corners = cells + boxes[sure, :2] - sizes / 2
    points = np.tile(cells, 5) + landmarks[sure]
    geometry = np.concatenate([corners, sizes, points], 1) * stride
    return np.concatenate([geometry, scores[sure, None]], 1).astype(np.float32)


def _suppressed(rows: Rows) -> Rows:
    """Of rows that overlap, the surest; at most TOP_K."""
    boxes = rows[:, :4].astype(int).tolist()
    kept = cv2.dnn.NMSBoxes(boxes, rows[:, 14].tolist(), SCORE_THRESHOLD, NMS_THRESHOLD, 1.0, TOP_K)
    chosen: Rows = rows[np.asarray(kept, int).ravel()]
    return chosen


def _face(row: NDArray[np.float32], scale: float) -> Face:
    x, y, width, height = (float(value) / scale for value in row[:4])
    return Face(x, y, width, height, confidence=min(1.0, float(row[14])))
