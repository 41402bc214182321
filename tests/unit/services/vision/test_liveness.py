"""What the network sees of a picture."""

from __future__ import annotations

import numpy as np
import pytest

from services.vision.liveness import CROP_PX, liveness_crop


def ramp(width: int, height: int) -> np.ndarray:
    """Blue grows from left to right, green from top to bottom; red is full."""
    picture = np.full((height, width, 3), 255, np.uint8)
    picture[:, :, 0] = np.linspace(0, 255, width)
    picture[:, :, 1] = np.linspace(0, 255, height)[:, np.newaxis]
    return picture


def row(x: float, y: float, width: float, height: float) -> np.ndarray:
    return np.array([x, y, width, height, *[0] * 11], np.float32)


def test_it_is_a_square_around_the_face_and_half_as_long_again() -> None:
    """A face of 60 x 80 in the middle of 256 x 256: the crop is 120 long, from 68 to 188."""
    crop = liveness_crop(ramp(256, 256), row(98, 88, 60, 80), 0)
    assert crop.shape == (CROP_PX, CROP_PX, 3)
    assert crop[0, 0, :2] == pytest.approx((68, 68), abs=1.5)
    assert crop[-1, -1, :2] == pytest.approx((187, 187), abs=1.5)
    assert (crop[:, :, 2] == 255).all()


def test_what_lies_outside_of_the_picture_is_black() -> None:
    """The same face in a corner: a quarter of the side of the crop, 30 of 120, is outside."""
    crop = liveness_crop(ramp(256, 256), row(0, 0, 60, 80), 0)
    outside_px = round(CROP_PX * 20 / 120), round(CROP_PX * 30 / 120)
    assert not crop[: outside_px[0] - 1].any()
    assert not crop[:, : outside_px[1] - 1].any()
    assert (crop[outside_px[0] + 2 :, outside_px[1] + 2 :, 2] == 255).all()


def test_a_tilted_face_is_turned_upright() -> None:
    """A quarter clockwise: what was the left of the face is at its top, and goes back to the left."""
    crop = liveness_crop(ramp(256, 256), row(98, 88, 60, 80), 90)
    assert crop[CROP_PX // 2, 0, :2] == pytest.approx((128, 68), abs=1.5)
    assert crop[0, CROP_PX // 2, :2] == pytest.approx((187, 128), abs=1.5)
