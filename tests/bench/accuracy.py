"""Whether the fast path says of faces what the plain one says: `python -m tests.bench.accuracy [FOLDER]`.

The plain path is OpenCV's own (FaceDetectorYN at 640 px, alignCrop, FaceRecognizerSF) on pictures decoded at
1,920 px; the fast one is the product's. Both look at each photograph as it is and in six variants: how far
these lie apart is what a cosine moves by without any change of code. Then all pairs are compared.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from services.core.errors import ServiceError
from services.core.faces import Face, choose_face
from services.core.images import Limits, decode
from services.core.stopwatch import Stopwatch
from services.models.face_match import EVEN_COSINE, SAME_PICTURE_COSINE
from services.vision import sface, yunet
from services.vision.portrait import PortraitReader
from services.vision.weights import read_weights
from tests.faces import face_pairs, images_folder

Embed = Callable[[bytes], NDArray[np.float32]]
"""From a file to 128 numbers of length 1. Raises ServiceError."""
LIMITS = Limits()
PLAIN_PX, PLAIN_SIDE_PX = 1920, 640

VARIANTS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it is": lambda image: image,
    "at 80 %": lambda image: image.resize((image.width * 4 // 5, image.height * 4 // 5)),
    "at 127 %": lambda image: image.resize((image.width * 127 // 100, image.height * 127 // 100)),
    "at 8 megapixels": lambda image: image.resize(_enlarged(image.size, 8e6)),
    "turned by 4 degrees": lambda image: image.rotate(4, Image.Resampling.BICUBIC),
    "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.6),
}


def main() -> None:
    """Measure and print."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else images_folder()
    plain, fast = _plain(), _fast()
    seen = {about: (_seen(plain, data), _seen(fast, data)) for about, data in _files(folder)}
    refused = [about for about, (a, b) in seen.items() if isinstance(a, str) or isinstance(b, str)]
    changed = [about for about in refused if not isinstance(seen[about][0], type(seen[about][1]))]
    both = [ab for about, ab in seen.items() if about not in refused]
    print(f"{len(seen)} pictures of {folder}; {len(refused)} refused, not by both: {changed or 'none'}")
    old, new = (_cosines(np.stack([ab[i] for ab in both])) for i in (0, 1))
    of_one = _cosines_of_variants([about[0] for about in seen if about not in refused])
    _print_pairs("all pairs", old, new)
    _print_pairs("variants of one photograph", old[of_one], new[of_one])
    for name, embed in {"plain": plain, "fast": fast}.items():
        same, different = _labelled(embed)
        print(
            f"labelled pairs, {name}: same {min(same):.3f} and more, different {max(different):.3f} and less"
        )


def _plain() -> Embed:
    weights = [np.frombuffer(read_weights(one.WEIGHTS), np.uint8) for one in (yunet, sface)]
    nothing, size = np.empty(0, np.uint8), (PLAIN_SIDE_PX, PLAIN_SIDE_PX)
    thresholds = yunet.SCORE_THRESHOLD, yunet.NMS_THRESHOLD, yunet.TOP_K
    detector = cv2.FaceDetectorYN.create("onnx", weights[0], nothing, size, *thresholds)
    recogniser = cv2.FaceRecognizerSF.create("onnx", weights[1], nothing)

    def embed(data: bytes) -> NDArray[np.float32]:
        picture = decode(data, LIMITS, enough_px=PLAIN_PX)
        bgr = picture.bgr
        shrink = min(1.0, PLAIN_SIDE_PX / max(bgr.shape))
        small = cv2.resize(bgr, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        detector.setInputSize((small.shape[1], small.shape[0]))
        found = detector.detect(small)[1]
        rows = np.zeros((0, 15), np.float32) if found is None else np.asarray(found, np.float32)
        rows[:, :14] /= shrink
        faces = [Face(*(row[[0, 1, 2, 3, 14]] / (*[picture.scale] * 4, 1)).tolist()) for row in rows]
        crop = recogniser.alignCrop(bgr, rows[choose_face(faces)[0]])
        numbers = np.array(recogniser.feature(crop), np.float32).ravel()
        return numbers / np.linalg.norm(numbers)

    return embed


def _fast() -> Embed:
    reader = PortraitReader(yunet.FaceDetector(), LIMITS, enough_px=sface.CROP_PX)
    embedder = sface.FaceEmbedder()

    def embed(data: bytes) -> NDArray[np.float32]:
        portrait = reader.read(data, Stopwatch())
        numbers: NDArray[np.float32] = embedder.embed([embedder.align(portrait.bgr, portrait.detected.row)])[
            0
        ]
        return numbers

    return embed


def _seen(embed: Embed, data: bytes) -> NDArray[np.float32] | str:
    try:
        return embed(data)
    except ServiceError as refusal:
        return refusal.code


def _files(folder: Path) -> Iterator[tuple[tuple[str, str], bytes]]:
    """What it is of, how it was varied, and the file."""
    for path in sorted(
        path for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"}
    ):
        image = Image.fromarray(decode(path.read_bytes(), LIMITS, enough_px=100_000).rgb)
        for name, vary in VARIANTS.items():
            yield (str(path), name), _jpeg(vary(image), 90)
        yield (str(path), "much compressed"), _jpeg(image, 35)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _enlarged(size: tuple[int, int], pixels: float) -> tuple[int, int]:
    factor = (pixels / (size[0] * size[1])) ** 0.5
    return round(size[0] * factor), round(size[1] * factor)


def _cosines(embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of all pairs."""
    chosen: NDArray[np.float32] = (embeddings @ embeddings.T)[np.triu_indices(len(embeddings), 1)]
    return chosen


def _cosines_of_variants(names: list[str]) -> NDArray[np.bool_]:
    """Which of all pairs are of one photograph."""
    first, second = np.triu_indices(len(names), 1)
    return np.asarray([names[i] == names[j] for i, j in zip(first, second, strict=True)])


def _labelled(embed: Embed) -> tuple[list[float], list[float]]:
    cosines: dict[bool, list[float]] = {True: [], False: []}
    for pair in face_pairs():
        cosines[pair.same].append(float(embed(pair.a.read_bytes()) @ embed(pair.b.read_bytes())))
    return cosines[True], cosines[False]


def _print_pairs(name: str, old: NDArray[np.float32], new: NDArray[np.float32]) -> None:
    moved = np.abs(old - new)
    flips = {"match": EVEN_COSINE, "same picture": SAME_PICTURE_COSINE}
    changes = ", ".join(f"{what} {int(((old >= at) != (new >= at)).sum())}" for what, at in flips.items())
    print(f"{name}: {len(old)}; median cosine {np.median(old):.3f} plain, {np.median(new):.3f} fast")
    print(f"  moved by {moved.mean():.3f} on average, 99 % by less than {np.percentile(moved, 99):.3f}")
    print(f"  verdicts that changed: {changes}")


if __name__ == "__main__":
    main()
