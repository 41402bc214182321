"""Pairs of face images and what the service said about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path


@dataclass(frozen=True)
class Pair:
    """Two photographs, and whether they show one person."""

    a: Path
    b: Path
    same: bool


@dataclass(frozen=True)
class Decision:
    """What the model said about a pair."""

    score: float
    match: bool
    threshold: float
    model: str
    """Name and version."""
    stages_ms: dict[str, float] = field(default_factory=dict)
    """Time of each stage as the service reported it, the total left out."""


@dataclass(frozen=True)
class PairAnswer:
    """The service's answer to a pair: a decision, or the code of its refusal."""

    pair: Pair
    latency_s: float
    """As the caller saw it."""
    decision: Decision | None = None
    refusal: str | None = None

    @property
    def right(self) -> bool:
        """Whether there is a decision, and the expected one."""
        return self.decision is not None and self.decision.match == self.pair.same


def pair_by_name(files: Sequence[Path]) -> list[Pair]:
    """Every two files; `ada.jpg` and `ada2.jpg` are one person, told by the name less its digits."""
    return [Pair(a, b, same=_person(a) == _person(b)) for a, b in combinations(files, 2)]


def _person(file: Path) -> str:
    return file.stem.rstrip("0123456789")
