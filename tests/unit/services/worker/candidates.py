"""A candidate that does as the image says. It imports little, since every test starts one."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from services.core.errors import FaceMissing
from services.core.messages import ModelInfo
from services.models import Check, Images, Outcome


class Answer(BaseModel):
    """Says which image it saw, as the stub of the worker does."""

    seen: str


class Garbage(BaseModel):
    """No answer."""

    def model_dump(self, **_how: Any) -> Any:
        return ["garbage"]


class Candidate:
    """Answers like the stub, unless the image asks for something else."""

    def warm_up(self) -> None:
        """Always warm."""

    def predict(self, batch: Sequence[Images]) -> list[Outcome]:
        print("no answer")  # as libraries do
        word = batch[0]["image"].decode()
        if word == "hangs":
            time.sleep(600)
        if word == "dies":
            os._exit(139)
        if word == "raises":
            raise RuntimeError
        said: dict[str, Any] = {
            "rambles": Garbage(),
            "empty": FaceMissing(),
            "differs": Answer(seen="something else"),
            "settings": Answer(seen=str([name for name in os.environ if "EKYC" in name])),
        }
        return [Outcome(said.get(word) or Answer(seen=word))]


CHECK = Check(
    name="stub",
    summary="A candidate",
    parts=("image",),
    result=Answer,
    model=ModelInfo(name="candidate", version="2"),
    load=lambda _threads, _limits: Candidate(),
)
