"""Lines found and read by the real networks."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from services.core.images import RGB
from services.core.text_lines import along, in_order, size
from services.vision.ocr import MAX_LINES, TextDetector, TextRecogniser
from tests.documents import drawn
from tests.zones import ICAO


@pytest.fixture(scope="module")
def detector() -> TextDetector:
    return TextDetector(threads=1)


@pytest.fixture(scope="module")
def recogniser() -> TextRecogniser:
    return TextRecogniser(threads=1)


def bgr(picture: Image.Image) -> RGB:
    return np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])


def read(picture: RGB, detector: TextDetector, recogniser: TextRecogniser) -> list[str]:
    lines = [recogniser.read(picture, along(quad, 0.0)) for quad in detector.detect(picture)]
    assert all(0.5 < line.confidence <= 1 for line in lines)
    return [line.text for line in in_order(lines, 0.0)]


def test_every_line_of_a_page(detector: TextDetector, recogniser: TextRecogniser) -> None:
    texts = read(bgr(drawn(ICAO["TD3"])), detector, recogniser)
    assert texts[0].split() == ["UTOPIA", "PASSPORT"]
    assert [text.replace("0", "O") for text in texts[1:3]] == ["Surname / Nom", ICAO["TD3"][0]]


def test_boxes_are_in_the_pictures_pixels(detector: TextDetector) -> None:
    """Of a picture that the detector sees at half its size."""
    quads = detector.detect(bgr(drawn(ICAO["TD3"]).resize((2200, 1400))))
    zone = sorted(quads, key=lambda quad: -size(quad)[0])[:2]
    middles = sorted(float(quad.mean(axis=0)[1]) for quad in zone)
    assert middles == pytest.approx([1040, 1152], abs=16)
    assert size(zone[0])[0] == pytest.approx(1800, rel=0.05)


def test_nothing_on_an_empty_page(detector: TextDetector) -> None:
    assert detector.detect(np.full((300, 400, 3), 200, np.uint8)) == []


def test_small_print_without_end_is_cut_short(detector: TextDetector) -> None:
    page = np.full((960, 960, 3), 255, np.uint8)
    page[4::12, :] = page[:, 4::24] = 0
    assert len(detector.detect(page)) <= MAX_LINES


def test_a_rectangle_without_text_is_read_as_nothing_or_noise(recogniser: TextRecogniser) -> None:
    blank = np.full((40, 200, 3), 255, np.uint8)
    corners = np.array([[0, 0], [200, 0], [200, 40], [0, 40]], np.float32)
    line = recogniser.read(blank, corners)
    assert (line.text, line.confidence) == ("", 0.0)
