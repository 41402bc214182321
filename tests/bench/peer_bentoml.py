"""The same model behind BentoML: `python -m tests.bench.peer_bentoml WORKERS`, on PORT."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import bentoml

from services import models
from services.core.errors import ServiceError
from services.core.images import Limits

WORKERS = int(os.environ.get("BENCH_WORKERS", "1"))


@bentoml.service(workers=WORKERS, traffic={"timeout": 60})
class FaceMatch:
    """Loads the model in each of its processes."""

    def __init__(self) -> None:
        self._model = models.find("face-match").load(1, Limits())
        self._model.warm_up()

    @bentoml.api(route="/predict")  # type: ignore[untyped-decorator]
    def predict(self, image_a: Path, image_b: Path) -> dict[str, Any]:
        """Compare one pair."""
        images = {"image_a": image_a.read_bytes(), "image_b": image_b.read_bytes()}
        said = self._model.predict([images])[0].said
        return said.to_dict() if isinstance(said, ServiceError) else said.model_dump(mode="json")


if __name__ == "__main__":
    words = ("serve", f"{__spec__.name}:FaceMatch", "--host", "127.0.0.1", "--port", os.environ["PORT"])
    os.environ["BENCH_WORKERS"] = sys.argv[1]
    os.execv(sys.executable, [sys.executable, "-m", "bentoml", *words])  # noqa: S606  # our own words
