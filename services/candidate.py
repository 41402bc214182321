"""`python -m services.candidate MODULE CHECK BYTES PIXELS`: a model that a worker shows some of its tasks.

MODULE holds `CHECK`, like the files of `services/models`; an image has at most BYTES and PIXELS. Reads for
each task a line of JSON, the length of each image by its part, and then the images; answers with a line,
`{"result": ...}` or `{"refusal": code}`. It runs at the lowest priority, is the first to go when memory is
short, and ends when nobody asks any more.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from services.core.errors import ServiceError
from services.core.images import Limits
from services.models import Check, Images, Model

LOWEST_PRIORITY = 19
THREADS = 1


def main(arguments: list[str] | None = None) -> int:
    """Answer until the input ends."""
    module, name, max_bytes, max_pixels = arguments or sys.argv[1:]
    out = _own_output()
    _step_back()
    model = load(module, name).load(THREADS, Limits(int(max_bytes), int(max_pixels)))
    model.warm_up()
    for images in _asked(sys.stdin.buffer):
        out.write(json.dumps(_said(model, images)).encode() + b"\n")
        out.flush()
    return 0


def load(module: str, name: str) -> Check:
    """The candidate for a check. Raises TypeError: it is for none, or another; whatever the module raises."""
    check = importlib.import_module(module).CHECK
    if not isinstance(check, Check) or check.name != name:
        raise TypeError(f"{module}.CHECK is not for {name}")
    return check


def _own_output() -> BinaryIO:
    """What a model's libraries print is no answer."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return out


def _step_back() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the worker's to obey
    os.nice(LOWEST_PRIORITY)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _asked(source: BinaryIO) -> Iterator[Images]:
    while line := source.readline():
        yield {part: source.read(size) for part, size in json.loads(line).items()}


def _said(model: Model, images: Images) -> dict[str, Any]:
    said = model.predict([images])[0].said
    if isinstance(said, ServiceError):
        return {"refusal": said.code}
    return {"result": said.model_dump(mode="json")}


if __name__ == "__main__":
    sys.exit(main())
