"""Untrusted image files: judged by their header alone, then decoded once and strictly.

Pillow is the only decoder, and only its JPEG, PNG and WebP readers are ever reached.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from services.core.errors import (
    ImageAnimated,
    ImageCorrupt,
    ImageEmpty,
    ImageFormatUnsupported,
    ImageTooLarge,
    ImageTooManyPixels,
    ImageTooSmall,
    ServiceError,
)

RGB = NDArray[np.uint8]
"""Height x width x 3, sRGB as stored."""

MAX_SIDE_PX = 16_384
"""OpenCV's warps index with 16 bits; WebP ends here as well."""
MIN_SIDE_PX = 60
MAX_SCANS = 50
"""A progressive JPEG has about 10. Each costs a pass over all pixels, so thousands are an attack."""
MAX_READS = 20_000
"""What a reader may ask of one file. Ten megabytes of one-byte segments would keep it busy for seconds."""

_PNG_END = b"IEND\xaeB`\x82"
_MAGIC = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"RIFF": "WEBP"}

# `Limits.max_pixels` is asked before any pixel is decoded; Pillow's own bound only warns at first.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True)
class Limits:
    """What an image may cost."""

    max_bytes: int = 10_000_000
    max_pixels: int = 25_000_000


@dataclass(frozen=True)
class Header:
    """What an image says about itself."""

    format: Literal["JPEG", "PNG", "WEBP"]
    width_px: int
    height_px: int


@dataclass(frozen=True)
class Picture:
    """Decoded pixels, upright."""

    image: Image.Image
    scale: float
    """Decoded pixels a pixel of the upright original: 1.0, or less where a large picture was shrunk."""

    @property
    def rgb(self) -> RGB:
        """A copy of the pixels."""
        return np.asarray(self.image)

    @property
    def bgr(self) -> RGB:
        """The same as OpenCV orders them."""
        width, height = self.image.size
        return np.frombuffer(self.image.tobytes("raw", "BGR"), np.uint8).reshape(height, width, 3)


class _Bounded(io.BytesIO):
    """A file that a reader may read so many times."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > MAX_READS:
            raise ImageCorrupt("Its headers are too many")
        return super().read(size)


def inspect(data: bytes, limits: Limits) -> Header:
    """Check `data` without decoding a pixel.

    Raises ImageEmpty, ImageTooLarge, ImageFormatUnsupported, ImageTooManyPixels, ImageTooSmall,
    ImageAnimated, ImageCorrupt.
    """
    _check_size(data, limits)
    with _opened(data) as image:
        return _checked(image, data, limits)


def decode(data: bytes, limits: Limits, *, enough_px: int) -> Picture:
    """Decode all pixels, upright; transparency becomes white.

    A large picture comes out smaller, by a whole factor that leaves its longest side at least `enough_px`.
    Raises what `inspect` raises, and ImageCorrupt when pixels are missing.
    """
    _check_size(data, limits)
    with _opened(data) as image:
        _checked(image, data, limits)
        width = image.width
        try:
            image.draft("RGB", _draft_size(image.size, enough_px))  # a JPEG need not be decoded in full
            image.load()
            small = _shrunk(_plain(image), enough_px)
            scale = small.width / width
            ImageOps.exif_transpose(small, in_place=True)  # the other way copies a picture that is upright
            return Picture(_on_white(small), scale)
        except Exception as error:  # Pillow's readers raise a dozen types on damaged files
            raise ImageCorrupt from error


def _check_size(data: bytes, limits: Limits) -> None:
    if not data:
        raise ImageEmpty
    if len(data) > limits.max_bytes:
        raise ImageTooLarge(f"An image may have {limits.max_bytes:,} bytes; this one has {len(data):,}")


def _opened(data: bytes) -> Image.Image:
    if not any(data.startswith(magic) for magic in _MAGIC):
        raise ImageFormatUnsupported
    try:
        return Image.open(_Bounded(data), formats=tuple(_MAGIC.values()))
    except Exception as error:
        raise ImageCorrupt from error


def _checked(image: Image.Image, data: bytes, limits: Limits) -> Header:
    width, height = image.size
    # A phone's JPEG with a preview or a depth map behind it opens as MPO: its first frame is the photo.
    kind = "JPEG" if image.format == "MPO" else image.format
    refusal: ServiceError | None = None
    if width * height > limits.max_pixels or max(width, height) > MAX_SIDE_PX:
        refusal = ImageTooManyPixels(
            f"{width} x {height} px; at most {limits.max_pixels:,} px and {MAX_SIDE_PX:,} a side are read"
        )
    elif min(width, height) < MIN_SIDE_PX:
        refusal = ImageTooSmall(f"{width} x {height} px; each side needs {MIN_SIDE_PX}")
    elif kind != "JPEG" and getattr(image, "is_animated", False):
        refusal = ImageAnimated()
    elif image.info.get("progressive") and data.count(b"\xff\xda") > MAX_SCANS:
        refusal = ImageCorrupt(f"It has more than {MAX_SCANS} scans")
    elif kind == "PNG" and _PNG_END not in data:
        refusal = ImageCorrupt()
    if refusal:
        raise refusal
    return Header(kind, width, height)  # type: ignore[arg-type]  # `formats` left no other


def _draft_size(size: tuple[int, int], enough_px: int) -> tuple[int, int]:
    shrink = max(1.0, max(size) / enough_px)
    return max(1, int(size[0] / shrink)), max(1, int(size[1] / shrink))


def _plain(image: Image.Image) -> Image.Image:
    """Eight bits a channel, no palette."""
    if image.mode.startswith("I"):
        # `convert` would clip all that is brighter than 255 of 65,535.
        plain = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
        plain.info = image.info  # with the orientation
        return plain
    if image.mode in {"1", "P", "PA"}:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image


def _shrunk(image: Image.Image, enough_px: int) -> Image.Image:
    """Early, because each step after this one makes a copy."""
    factor = max(image.size) // enough_px
    return image.reduce(factor) if factor > 1 else image


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")  # which would copy
    layer = image.convert("RGBA")
    white = Image.new("RGB", layer.size, "white")
    white.paste(layer, mask=layer)
    return white
