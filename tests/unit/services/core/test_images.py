"""Hostile files are refused by name, unusual ones are read right."""

from __future__ import annotations

import random
from contextlib import suppress
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.core.errors import ImageTooLarge, ServiceError
from services.core.images import Limits, decode, inspect
from tests.unit.services.corpus import SIZE_PX, drawing, encoded, frames, refused

LIMITS = Limits()
CORPUS = refused()
ENOUGH_PX = 1920


@pytest.mark.parametrize("name", CORPUS)
def test_a_hostile_file_is_refused_at_once(name: str) -> None:
    data, error = CORPUS[name]
    started = perf_counter()
    with pytest.raises(error) as refusal:
        decode(data, LIMITS, enough_px=ENOUGH_PX)
    assert type(refusal.value) is error
    assert perf_counter() - started < 1


def test_a_file_of_too_many_bytes_is_refused() -> None:
    with pytest.raises(ImageTooLarge, match="100 bytes"):
        inspect(bytes(101), Limits(max_bytes=100))


@pytest.mark.parametrize(
    ("kind", "format_"), [("JPEG", "JPEG"), ("PNG", "PNG"), ("WEBP", "WEBP"), ("MPO", "JPEG")]
)
def test_the_header_says_format_and_size(kind: str, format_: str) -> None:
    header = inspect(encoded(drawing(), kind), LIMITS)
    assert (header.format, header.width_px, header.height_px) == (format_, *SIZE_PX)


def test_a_phones_jpeg_with_a_second_picture_is_its_first() -> None:
    first = encoded(drawing(), "JPEG")
    assert np.array_equal(_pixels(frames("MPO")), _pixels(first))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "RGB"])
def test_any_png_mode_becomes_rgb(mode: str) -> None:
    image = drawing().convert(mode)
    assert np.array_equal(_pixels(encoded(image, "PNG")), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("mode", ["L", "CMYK", "YCbCr"])
def test_any_jpeg_mode_becomes_rgb(mode: str) -> None:
    grey = Image.new("RGB", SIZE_PX, (200, 100, 50)).convert(mode)
    expected = np.asarray(grey.convert("RGB"), int)
    assert np.abs(_pixels(encoded(grey, "JPEG", quality=95)) - expected).max() < 10


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    eight = np.asarray(drawing().convert("L"))
    deep = Image.fromarray(eight.astype(np.uint16) * 257)
    assert np.array_equal(_pixels(encoded(deep, "PNG"))[:, :, 0], eight)


def test_transparency_becomes_white() -> None:
    hidden = drawing().convert("RGBA")
    hidden.putalpha(0)
    assert (_pixels(encoded(hidden, "PNG")) == 255).all()


def test_transparency_of_a_palette_becomes_white() -> None:
    palette = drawing().quantize(16)
    hidden = np.asarray(palette) == 7
    pixels = _pixels(encoded(palette, "PNG", transparency=7))
    assert (pixels[hidden] == 255).all()
    assert np.array_equal(pixels[~hidden], np.asarray(palette.convert("RGB"))[~hidden])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_turned_upright(orientation: int) -> None:
    upright = Image.new("RGB", SIZE_PX, "white")
    upright.paste("black", (0, 0, 80, 60))
    turned = upright.transpose(_UNDO[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = _pixels(encoded(turned, "JPEG", exif=exif, quality=95))
    assert pixels.shape == (120, 160, 3)
    assert pixels[30, 40].max() < 20
    assert min(pixels[30, 120].min(), pixels[90, 40].min(), pixels[90, 120].min()) > 235


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "P"), ("WEBP", "RGBA")])
def test_a_large_picture_comes_out_smaller(kind: str, mode: str) -> None:
    picture = decode(encoded(Image.new(mode, (4_032, 3_024)), kind), LIMITS, enough_px=ENOUGH_PX)
    assert picture.rgb.shape == (1_512, 2_016, 3)
    assert picture.scale == 0.5


@given(kind=st.sampled_from(["JPEG", "PNG", "WEBP"]), seed=st.integers(0, 2**32), cuts=st.integers(1, 40))
def test_damage_of_any_kind_is_refused_or_read_never_a_crash(kind: str, seed: int, cuts: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # for damage, not for secrets
    data = bytearray(encoded(drawing((64, 64)), kind))
    for _ in range(cuts):
        data[chance.randrange(len(data))] = chance.randrange(256)
    with suppress(ServiceError):
        assert decode(bytes(data), LIMITS, enough_px=ENOUGH_PX).rgb.ndim == 3


def _pixels(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.int_]]:
    return decode(data, LIMITS, enough_px=ENOUGH_PX).rgb.astype(int)


_UNDO = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How the camera held the picture, by orientation."""
