"""document-ocr on specimens with a machine-readable zone, against rapidocr's own way to read a page.

One thread each, in turn, in the same run; time is the process's own, so that a busy machine changes little.
A page is right when our parser finds a zone in its lines whose check digits all hold.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

import cv2
import numpy as np
from rapidocr import RapidOCR
from rapidocr.utils.output import RapidOCROutput

from services.core.images import RGB, Limits, decode
from services.core.mrz import Mrz, find_mrz
from services.core.stopwatch import Stopwatch
from services.vision.page import PageReader
from tests.documents import specimens

TODAY = datetime.now(UTC).date()
ROUNDS = 3
PLAIN = {
    "Global.use_cls": False,
    "Global.log_level": "error",
    "Det.limit_type": "max",
    "Det.limit_side_len": 960,
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
}


def cpu_s(read: Callable[[RGB], Mrz | None], picture: RGB) -> tuple[float, bool]:
    """What one picture costs, and whether its zone is valid."""
    began = time.process_time()
    mrz = read(picture)
    return time.process_time() - began, mrz is not None and mrz.valid


def _texts(read: object) -> tuple[str, ...]:
    return (isinstance(read, RapidOCROutput) and read.txts) or ()


def main() -> None:
    """Rounds of both in turn; the best of each picture's rounds counts."""
    cv2.setNumThreads(1)
    engine, reader = RapidOCR(params=PLAIN), PageReader(threads=1)
    ways: dict[str, Callable[[RGB], Mrz | None]] = {
        "rapidocr, whole page": lambda picture: find_mrz(_texts(engine(picture)), TODAY),
        "document-ocr": lambda picture: reader.read(picture, TODAY, Stopwatch()).mrz,
    }
    pictures = [decode(one.path.read_bytes(), Limits(), enough_px=1920).rgb for one in specimens()]
    upright = [np.ascontiguousarray(rgb[:, :, ::-1]) for rgb in pictures]
    for read in ways.values():
        read(upright[0])
    best = {name: [(float("inf"), False)] * len(upright) for name in ways}
    for _ in range(ROUNDS):
        for number, picture in enumerate(upright):
            for name, read in ways.items():
                best[name][number] = min(best[name][number], cpu_s(read, picture))
    means = {name: statistics.mean(spent for spent, _ in results) for name, results in best.items()}
    for name, results in best.items():
        valid = sum(valid for _, valid in results)
        print(f"{name:<22}{means[name]:6.2f} s a document   {valid} of {len(results)} zones valid")
    plain, ours = means.values()
    print(f"document-ocr / rapidocr {ours / plain:5.2f}   (means, the best of {ROUNDS} rounds each)")


if __name__ == "__main__":
    main()
