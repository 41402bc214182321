"""`python -m services.evaluate CHECK`: what the model of a check says about files, one JSON line each.

Reads lines `{"name": ..., "images": [path, ...]}`, the images in the order of the check's parts. Writes
first which model answers, then for each line, in order, `{"name": ..., "result": ...}` or `{"name": ...,
"refusal": code}`, and at the end the histograms of what the manifest watches for drift. Run by another
version's Python, it evaluates that version.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from services import manifests, models
from services.core.drift import histogram, values_at
from services.core.errors import ServiceError
from services.core.images import Limits
from services.vision.weights import WeightsError

EXIT_NO_MODEL = 4


def main() -> int:
    """Answer the input; 0, or 4 when the model cannot be loaded."""
    parser = argparse.ArgumentParser(prog="python -m services.evaluate", description=__doc__)
    parser.add_argument("check", choices=models.names())
    check, out = parser.parse_args().check, sys.stdout
    try:
        # Whatever a model's libraries print is no answer.
        with redirect_stdout(sys.stderr):
            for line in answers(check, (json.loads(line) for line in sys.stdin)):
                print(json.dumps(line), file=out, flush=True)
    except (manifests.ManifestError, WeightsError) as error:
        print(error, file=sys.stderr)
        return EXIT_NO_MODEL
    return 0


def answers(name: str, asked: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every line of the output. Raises ManifestError, WeightsError."""
    manifest, check = manifests.load(name), models.find(name)
    # Larger files than callers may send: an operator's own, and refused ones tell nothing about the model.
    limits = Limits(max_bytes=100_000_000, max_pixels=250_000_000)
    model = check.load(len(os.sched_getaffinity(0)), limits)
    model.warm_up()
    yield _about(manifest)
    seen: dict[str, list[float]] = {feature.name: [] for feature in manifest.features}
    for one in asked:
        line = {"name": one["name"], **_said(model, dict(zip(check.parts, one["images"], strict=True)))}
        for feature in manifest.features:
            seen[feature.name] += values_at(line.get("result"), feature.path)
        yield line
    yield {"windows": {one.name: histogram(seen[one.name], one.edges) for one in manifest.features}}


def _about(manifest: manifests.Manifest) -> dict[str, Any]:
    return {
        "model": {"check": manifest.check, **manifest.info.model_dump()},
        "weights": manifest.sha256_by_weights(),
        "thresholds": {name: one.value for name, one in manifest.thresholds.items()},
    }


def _said(model: models.Model, images: dict[str, str]) -> dict[str, Any]:
    try:
        data = {part: Path(path).read_bytes() for part, path in images.items()}
        said = model.predict([data])[0].said
    except OSError:
        return {"refusal": "unreadable"}
    except Exception as error:  # a model is foreign code: its worst image shall not end the evaluation
        print(f"the model raised {error!r}", file=sys.stderr)
        return {"refusal": "model-failed"}
    if isinstance(said, ServiceError):
        return {"refusal": said.code}
    return {"result": said.model_dump(mode="json")}


if __name__ == "__main__":
    sys.exit(main())
