"""The networks say what the same files say in OpenCV's own runtime."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from services.vision import networks, onnx_file, sface, yunet
from services.vision.onnx_file import Graph, Node, integer_attribute
from services.vision.sface import FaceEmbedder
from services.vision.weights import read_weights
from services.vision.yunet import LONGEST_SIDE_PX, QUICK_PX, FaceDetector
from tests.faces import images_folder

PHOTOS = ("astronaut.png", "biden.jpg", "obama.jpg", "obama3.jpg")


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector()


@pytest.fixture(scope="module")
def embedder() -> FaceEmbedder:
    return FaceEmbedder()


def photo(name: str, longest_px: int) -> NDArray[np.uint8]:
    """In BGR."""
    image = Image.open(images_folder() / "faces" / name).convert("RGB")
    image.thumbnail((longest_px, longest_px))
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1])


def found_by_opencv(bgr: NDArray[np.uint8]) -> NDArray[np.float32]:
    weights = np.frombuffer(read_weights(yunet.WEIGHTS), np.uint8)
    size = bgr.shape[1], bgr.shape[0]
    net = cv2.FaceDetectorYN.create(
        "onnx", weights, np.empty(0, np.uint8), size, yunet.SCORE_THRESHOLD, yunet.NMS_THRESHOLD, yunet.TOP_K
    )
    return np.asarray(net.detect(bgr)[1])


@pytest.fixture(scope="module")
def opencv_sface() -> cv2.FaceRecognizerSF:
    weights = np.frombuffer(read_weights(sface.WEIGHTS), np.uint8)
    return cv2.FaceRecognizerSF.create("onnx", weights, np.empty(0, np.uint8))


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize("longest_px", [QUICK_PX, 301])
def test_the_detector_finds_the_same(detector: FaceDetector, name: str, longest_px: int) -> None:
    """Of pictures that need no shrinking; the second is padded on both sides."""
    bgr = photo(name, longest_px)
    rows = np.stack([one.row for one in detector.detect(bgr)])
    expected = found_by_opencv(bgr)
    assert rows[:, :14] == pytest.approx(expected[:, :14], abs=0.05)
    assert rows[:, 14] == pytest.approx(expected[:, 14], abs=1e-3)


@pytest.mark.parametrize("name", PHOTOS)
def test_the_embedder_aligns_and_embeds_the_same(
    detector: FaceDetector, embedder: FaceEmbedder, opencv_sface: cv2.FaceRecognizerSF, name: str
) -> None:
    bgr = photo(name, 800)
    row = detector.detect(bgr)[0].row
    crop = embedder.align(bgr, row)
    expected_crop = opencv_sface.alignCrop(bgr, row)
    assert np.abs(crop.astype(int) - expected_crop).max() <= 2
    expected = opencv_sface.feature(expected_crop).ravel()
    both = embedder.embed([crop, crop[:, ::-1]])
    assert np.linalg.norm(both, axis=1) == pytest.approx(1)
    assert both[0] @ expected / np.linalg.norm(expected) > 0.9999


def test_a_small_face_gets_a_second_look(detector: FaceDetector) -> None:
    """Which sees this picture as it is, like OpenCV here."""
    face = photo("obama.jpg", 160)
    wide = np.full((640, 640, 3), 128, np.uint8)
    wide[: face.shape[0], : face.shape[1]] = face
    (seen,) = detector.detect(wide)
    assert seen.face.height * QUICK_PX / LONGEST_SIDE_PX < yunet.LARGE_PX
    assert seen.row[:14] == pytest.approx(found_by_opencv(wide)[0, :14], abs=0.05)


def test_nothing_is_found_in_nothing(detector: FaceDetector) -> None:
    assert detector.detect(np.zeros((60, 5000, 3), np.uint8)) == []


@pytest.mark.parametrize("slopes", [[0.25, -0.5, 1.0], [0.25, 1.5, 0.0]])
def test_prelu_said_in_convolutions_is_the_same_function(slopes: list[float]) -> None:
    slope = np.asarray(slopes, np.float32).reshape(3, 1, 1)
    graph = Graph(16, [Node("PRelu", ("x", "slope"), ("y",))], {"slope": slope}, "x", ["y"])
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)
    (y,) = networks.load(onnx_file.write(graph), 1).run(None, {"x": x})
    assert y == pytest.approx(np.where(x < 0, slope * x, x), abs=1e-6)


def test_a_graph_survives_writing_and_reading() -> None:
    node = Node("Concat", ("x", "c"), ("y",), integer_attribute("axis", 300))
    graph = Graph(16, [node], {"c": np.arange(2_000, dtype=np.int64).reshape(1, 10, 200)}, "x", ["y"])
    again = onnx_file.read(onnx_file.write(graph))
    assert (again.nodes, again.input, again.outputs, again.opset) == (graph.nodes, "x", ["y"], 16)
    assert np.array_equal(again.tensors["c"], graph.tensors["c"])
    assert again.nodes[0].integer("axis") == 300
