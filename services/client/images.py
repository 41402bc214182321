"""Images as callers have them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO

Image = bytes | bytearray | str | os.PathLike[str] | IO[bytes]
"""The bytes of an image file, the path of one, or one that is open for reading in binary mode."""


def read_images(images: Mapping[str, Image | None]) -> dict[str, bytes]:
    """The bytes of each image but None: read once, so that every try sends the same. Raises OSError."""
    return {part: read_image(image) for part, image in images.items() if image is not None}


def read_image(image: Image) -> bytes:
    """The bytes of one image. Raises OSError; TypeError: a file that is open as text."""
    if isinstance(image, bytes | bytearray):
        return bytes(image)
    if isinstance(image, str | os.PathLike):
        return Path(image).read_bytes()
    data = image.read()
    if not isinstance(data, bytes):
        raise TypeError("open the image in binary mode")
    return data
