"""PP-OCRv6 finds and reads lines of text, on onnxruntime.

The detector is a differentiable binarisation network (M. Liao et al.: Real-time Scene Text Detection with
Differentiable Binarization, 2020), the recogniser a CTC network over 18,708 characters. Both come inside the
package `rapidocr` (Apache-2.0), which is not imported: it takes a second to load, and can fetch by URL.
"""

from __future__ import annotations

from functools import cache
from math import ceil
from threading import Lock

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from services.core.images import RGB
from services.core.text_lines import Quad, TextLine, size
from services.vision.weights import read_weights

LONGEST_SIDE_PX = 960
MULTIPLE_PX = 32
TEXT_PROBABILITY = 0.3
"""Of a pixel that belongs to text."""
BOX_PROBABILITY = 0.5
"""Of a box, on average."""
GROWTH_RATIO = 1.6
"""The network marks the core of a line: its box grows by this times area over circumference."""
SMALLEST_PX = 3
MAX_LINES = 200
"""What a page of small print holds. Noise has thousands of specks."""

HEIGHT_PX = 48
MIN_WIDTH_PX = 16
MAX_WIDTH_PX = 2400
"""A line of a machine-readable zone is 1,700 px wide at this height."""

DETECTOR, RECOGNISER = "text-detector", "text-recogniser"
"""Names of their weights."""

_loading = Lock()


class TextDetector:
    """Raises WeightsError when built without the pinned weights."""

    def __init__(self, threads: int) -> None:
        self._net = _session(DETECTOR, threads)

    def detect(self, bgr: RGB) -> list[Quad]:
        """Find lines, the largest 200; where their text begins is not known."""
        height, width = bgr.shape[:2]
        shrink = min(1.0, LONGEST_SIDE_PX / max(width, height))
        inner = _multiple(width * shrink), _multiple(height * shrink)
        pixels = np.asarray(cv2.resize(bgr, inner), np.uint8)
        (probability,) = self._net.run(None, {"x": _planes(pixels)})
        scale = np.array([width / inner[0], height / inner[1]], np.float32)
        quads = [quad * scale for quad in _quads(probability[0, 0])]
        return sorted(quads, key=lambda quad: -size(quad)[0] * size(quad)[1])[:MAX_LINES]


class TextRecogniser:
    """Raises WeightsError when built without the pinned weights."""

    def __init__(self, threads: int) -> None:
        self._net = _session(RECOGNISER, threads)
        known = self._net.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._characters = np.array(["", *known, " "])

    def read(self, bgr: RGB, quad: Quad) -> TextLine:
        """Read the line in `quad`. The confidence is the mean over its characters, 0 without any."""
        (probabilities,) = self._net.run(None, {"x": _planes(_cut_out(bgr, quad))})
        best = probabilities[0].argmax(axis=1)
        # What CTC says twice in a row is one character, and 0 stands between two.
        kept = (best != 0) & (best != np.concatenate([[0], best[:-1]]))
        confidence = float(probabilities[0].max(axis=1)[kept].mean()) if kept.any() else 0.0
        return TextLine("".join(self._characters[best[kept]]), min(1.0, confidence), quad)


def _session(weights: str, threads: int) -> onnxruntime.InferenceSession:
    """One for all who ask in this process: it may be run from several threads at once."""
    with _loading:
        return _loaded(weights, threads)


@cache
def _loaded(weights: str, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait by spinning would take the CPU from the worker beside this one.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False  # every picture has another size: an arena would keep the largest
    return onnxruntime.InferenceSession(read_weights(weights), options, providers=["CPUExecutionProvider"])


def _planes(bgr: RGB) -> NDArray[np.float32]:
    """As the networks want them: 1 x 3 x height x width, from -1 to 1."""
    planes: NDArray[np.float32] = bgr.astype(np.float32).transpose(2, 0, 1)[np.newaxis] / 127.5 - 1
    return planes


def _multiple(length: float) -> int:
    return max(1, round(length / MULTIPLE_PX)) * MULTIPLE_PX


def _quads(probability: NDArray[np.float32]) -> list[Quad]:
    """Rectangles around the lines in a map of probabilities, in its pixels."""
    mask = cv2.dilate((probability > TEXT_PROBABILITY).astype(np.uint8), np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    cores = [cv2.minAreaRect(outline) for outline in outlines]
    return [
        _grown(core)
        for core in cores
        if min(core[1]) >= SMALLEST_PX and _mean(probability, core) >= BOX_PROBABILITY
    ]


def _mean(probability: NDArray[np.float32], core: cv2.typing.RotatedRect) -> float:
    quad = np.asarray(cv2.boxPoints(core), np.float32)
    left, top, width, height = cv2.boundingRect(quad)
    left, top = max(0, left), max(0, top)
    window = probability[top : top + height, left : left + width]
    inside = np.zeros(window.shape, np.uint8)
    cv2.fillPoly(inside, [(quad - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(window, inside)[0])


def _grown(core: cv2.typing.RotatedRect) -> Quad:
    centre, (width, height), angle = core
    margin = GROWTH_RATIO * width * height / (width + height)  # both sides' halves of the circumference
    return cv2.boxPoints((centre, (width + margin, height + margin), angle)).astype(np.float32)


def _cut_out(bgr: RGB, quad: Quad) -> RGB:
    """The rectangle as an upright picture 48 pixels high."""
    width, height = (max(1, round(side)) for side in size(quad))
    corners = np.array([[0, 0], [width, 0], [0, height]], np.float32)
    turn = cv2.getAffineTransform(quad[[0, 1, 3]], corners)
    cut = cv2.warpAffine(bgr, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    inner = min(MAX_WIDTH_PX, max(MIN_WIDTH_PX, ceil(HEIGHT_PX * width / height)))
    return np.asarray(cv2.resize(cut, (inner, HEIGHT_PX)), np.uint8)
