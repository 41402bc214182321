"""Images made to be refused, each with the error that it must meet; nothing here is read from a file."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image

from services.core import errors as e
from services.core.errors import ServiceError

SIZE_PX = (160, 120)


def drawing(size: tuple[int, int] = SIZE_PX, seed: int = 0) -> Image.Image:
    """Noise, so that no encoder can shrink it to nothing."""
    noise = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(noise)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """`image` as a file of `kind`."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def frames(kind: str) -> bytes:
    """Two different frames."""
    return encoded(drawing(), kind, save_all=True, append_images=[drawing(seed=1)])


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk with a right checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose header promises far more than it holds."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(bytes(999)))
    return b"\x89PNG\r\n\x1a\n" + chunks + png_chunk(b"IEND", b"")


def many_scans() -> bytes:
    """A progressive JPEG whose last scan is repeated."""
    data = encoded(Image.new("L", SIZE_PX), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * 100 + data[-2:]


def many_segments() -> bytes:
    """A JPEG with half a million empty comments before its picture."""
    data = encoded(drawing(), "JPEG")
    return data[:2] + b"\xff\xfe\x00\x02" * 500_000 + data[2:]


def text_bomb() -> bytes:
    """A PNG with a comment that unpacks to fifty megabytes."""
    data = encoded(drawing(), "PNG")
    return data[:33] + png_chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(50_000_000))) + data[33:]


def refused() -> dict[str, tuple[bytes, type[ServiceError]]]:
    """By name: the file, and what it is refused with, before or while it is decoded."""
    jpeg, png = encoded(drawing(), "JPEG"), encoded(drawing(), "PNG")
    webp = encoded(drawing(), "WEBP")
    progressive = encoded(drawing(), "JPEG", progressive=True)
    return {
        "nothing": (b"", e.ImageEmpty),
        "text": (b"not an image\n" * 99, e.ImageFormatUnsupported),
        "html": (b"<!doctype html><p>hello", e.ImageFormatUnsupported),
        "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", e.ImageFormatUnsupported),
        "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", e.ImageFormatUnsupported),
        "zeros": (bytes(4096), e.ImageFormatUnsupported),
        "gif": (encoded(drawing(), "GIF"), e.ImageFormatUnsupported),
        "animated gif": (frames("GIF"), e.ImageFormatUnsupported),
        "bmp": (encoded(drawing(), "BMP"), e.ImageFormatUnsupported),
        "tiff": (encoded(drawing(), "TIFF"), e.ImageFormatUnsupported),
        "animated png": (frames("PNG"), e.ImageAnimated),
        "animated webp": (frames("WEBP"), e.ImageAnimated),
        "another riff file": (b"RIFF\x24\0\0\0WAVEfmt " + bytes(64), e.ImageCorrupt),
        "jpeg, its start only": (jpeg[:3], e.ImageCorrupt),
        "jpeg, half": (jpeg[: len(jpeg) // 2], e.ImageCorrupt),
        "jpeg, all but its end": (jpeg[:-2], e.ImageCorrupt),
        "progressive jpeg, half": (progressive[: len(progressive) // 2], e.ImageCorrupt),
        "png, half": (png[: len(png) // 2], e.ImageCorrupt),
        "png, all but its end": (png[:-12], e.ImageCorrupt),
        "png, a bit flipped": (png[:200] + bytes([png[200] ^ 1]) + png[201:], e.ImageCorrupt),
        "webp, half": (webp[: len(webp) // 2], e.ImageCorrupt),
        "jpeg of 60 megapixels": (encoded(Image.new("L", (10_000, 6_000)), "JPEG"), e.ImageTooManyPixels),
        "png that claims 4 exapixels": (png_claiming(2**31 - 1, 2**31 - 1), e.ImageTooManyPixels),
        "png with a very long side": (png_claiming(20_000, 100), e.ImageTooManyPixels),
        "png with less than it claims": (png_claiming(4_000, 4_000), e.ImageCorrupt),
        "one pixel": (encoded(Image.new("RGB", (1, 1)), "PNG"), e.ImageTooSmall),
        "jpeg of 100 scans": (many_scans(), e.ImageCorrupt),
        "jpeg of 500,000 segments": (many_segments(), e.ImageCorrupt),
        "png with a text bomb": (text_bomb(), e.ImageCorrupt),
    }
