"""Which tasks a candidate sees, and how its answer compares with the one that was given."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.core.drift import values_at
from services.core.feedback import Truths

Agreement = Literal["same", "different"]


@dataclass(frozen=True)
class Seen:
    """What a model made of a task: a result, or the code of a refusal."""

    result: Mapping[str, Any] | None = None
    refusal: str | None = None


def is_sampled(task_id: str, share: float) -> bool:
    """Whether a task is among a share of all of them: always the same ones, whoever asks."""
    drawn = int.from_bytes(hashlib.sha256(task_id.encode()).digest()[:8])
    return drawn < share * 2**64


def agreement(given: Seen, candidate: Seen, truths: Truths) -> Agreement:
    """Whether both say the same of the images: the verdict, the fields, or why there is none."""
    return "same" if _said(given, truths) == _said(candidate, truths) else "different"


def score_difference(given: Seen, candidate: Seen) -> float | None:
    """How far the scores lie apart, where both have one."""
    scores = [score for seen in (given, candidate) for score in values_at(seen.result, "score")]
    return abs(scores[0] - scores[1]) if len(scores) == 2 else None


def _said(seen: Seen, truths: Truths) -> object:
    return seen.refusal if seen.result is None else truths.said(seen.result)
