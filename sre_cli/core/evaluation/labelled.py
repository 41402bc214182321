"""What is asked of a model, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Labelled:
    """Files with a known answer."""

    name: str
    images: tuple[Path, ...]
    """In the order of the check's image fields."""
    label: str
    """`same` or `different`; `live` or the kind of attack; the kind of machine-readable zone, or none."""
    truth: Mapping[str, str] = field(default_factory=dict)
    """What is written there, by field."""


@dataclass(frozen=True)
class Answer:
    """What the model said: a result, or the code of its refusal."""

    name: str
    result: Mapping[str, Any] | None = None
    refusal: str = ""


@dataclass(frozen=True)
class Said:
    """Everything that one version said."""

    model: Mapping[str, str]
    """Check, name and version."""
    weights: Mapping[str, str]
    """SHA-256 by name."""
    thresholds: Mapping[str, float]
    answers: Sequence[Answer]
    windows: Mapping[str, Sequence[int]]
    """Histograms of what the manifest watches."""


def spread(items: Sequence[T], limit: int | None) -> list[T]:
    """At most `limit` of the items, evenly over the whole: a list sorted by person keeps all its persons."""
    if limit is None or limit >= len(items):
        return list(items)
    return [items[i * len(items) // limit] for i in range(limit)]
