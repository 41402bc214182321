"""The pairs of photographs that the bench compares."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
from PIL import Image

from tests.faces import face_pairs

Images = Mapping[str, bytes]
"""One request's image files, by part name."""


def photographs(megapixels: float) -> list[Images]:
    """The labelled pairs as they are (0), or enlarged to what a phone makes, with the noise of a sensor."""
    pairs = face_pairs()
    files = {path: path.read_bytes() for pair in pairs for path in (pair.a, pair.b)}
    if megapixels:
        files = {path: _enlarged(data, megapixels) for path, data in files.items()}
    return [{"image_a": files[pair.a], "image_b": files[pair.b]} for pair in pairs]


def _enlarged(data: bytes, megapixels: float) -> bytes:
    image = Image.open(io.BytesIO(data)).convert("RGB")
    factor = (megapixels * 1e6 / (image.width * image.height)) ** 0.5
    large = image.resize(
        (round(image.width * factor), round(image.height * factor)), Image.Resampling.LANCZOS
    )
    noise = np.random.default_rng(0).normal(0, 4, (large.height, large.width, 1))
    pixels = (np.asarray(large) + noise).clip(0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=88)
    return out.getvalue()
