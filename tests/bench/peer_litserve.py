"""The same model behind LitServe: `python -m tests.bench.peer_litserve WORKERS`, on PORT."""

from __future__ import annotations

import os
import sys
from base64 import b64decode
from typing import Any

import litserve

from services import models
from services.core.errors import ServiceError
from services.core.images import Limits
from services.models import Images


class FaceMatch(litserve.LitAPI):  # type: ignore[misc]  # not a dependency of this project
    """Loads the model in each of its processes."""

    def setup(self, device: str) -> None:
        """Load and warm."""
        self._model = models.find("face-match").load(1, Limits())
        self._model.warm_up()

    def decode_request(self, request: dict[str, str]) -> Images:
        """The images of the JSON body."""
        return {part: b64decode(data) for part, data in request.items()}

    def predict(self, x: Images) -> dict[str, Any]:
        """Compare one pair."""
        said = self._model.predict([x])[0].said
        return said.to_dict() if isinstance(said, ServiceError) else said.model_dump(mode="json")


if __name__ == "__main__":
    server = litserve.LitServer(
        FaceMatch(), accelerator="cpu", workers_per_device=int(sys.argv[1]), timeout=60
    )
    server.run(
        host="127.0.0.1", port=int(os.environ["PORT"]), generate_client_file=False, log_level="warning"
    )
