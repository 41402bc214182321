"""The checks on offer: one file each, found by its name (`face_match.py` serves `face-match`).

Such a file holds `CHECK`, a `Check`; beside it lies its manifest (`face_match.toml`). The API reads it as
well, so an inference library is imported inside `load`, never at the top.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

from pydantic import BaseModel

from services.core.drift import Feature
from services.core.errors import ServiceError
from services.core.feedback import NO_TRUTHS, Truths
from services.core.images import Limits
from services.core.messages import ModelInfo

Images = Mapping[str, bytes]
"""One task's image files, by part name."""


@dataclass(frozen=True)
class Outcome:
    """What a model says about one task."""

    said: BaseModel | ServiceError
    timings_ms: dict[str, float] = field(default_factory=dict)


class Model(Protocol):
    """A loaded model. Used from one thread at a time."""

    def warm_up(self) -> None:
        """Run every network once, so that the first task is as fast as the next."""

    def predict(self, batch: Sequence[Images]) -> list[Outcome]:
        """Answer each task, in order. A refusal of one task's images is an Outcome, not an exception."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What the API takes images for."""

    name: str
    summary: str
    parts: tuple[str, ...]
    """Names of the image fields."""
    result: type[BaseModel]
    description: str | None = None
    truths: Truths = NO_TRUTHS
    """What feedback may say was true."""


@dataclass(frozen=True, kw_only=True)
class Check(Offer):
    """What a worker serves."""

    model: ModelInfo
    load: Callable[[int, Limits], Model]
    """Load with this many threads; raises when the weights are missing or not the pinned ones."""
    features: tuple[Feature, ...] = ()
    """Numbers of the result that are watched for drift."""


def names() -> list[str]:
    """Every check there is."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


@cache
def find(name: str) -> Check:
    """The check called `name`, one of `names()`."""
    check = importlib.import_module(f"{__name__}.{name.replace('-', '_')}").CHECK
    assert isinstance(check, Check)  # noqa: S101  # a mistake of whoever added the file
    return check
