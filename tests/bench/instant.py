"""`python -m services` with a face match that answers at once, so that what is left is all but the model."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from services.__main__ import main
from services.core.images import Limits
from services.models import Images, Model, Outcome, face_match


class Instant:
    """Says the same of everything."""

    def warm_up(self) -> None:
        """Always warm."""

    def predict(self, batch: Sequence[Images]) -> list[Outcome]:
        """Different, without a look."""
        return [Outcome(face_match.verdict(0.0, {})) for _ in batch]


def _load(_threads: int, _limits: Limits) -> Model:
    return Instant()


if __name__ == "__main__":
    face_match.CHECK = replace(face_match.CHECK, load=_load)
    sys.exit(main())
