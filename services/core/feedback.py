"""What the business says was true of an answer, and whether that fits the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.core.feedback_errors import TruthUnfit
from services.core.messages import Reply

MOST_CHARACTERS = 100
"""Of a corrected field; a line of a machine-readable zone has 44."""

Verdict = Literal["right", "wrong"]
Truth = str | dict[str, str]
"""One word, or corrected fields by name."""


@dataclass(frozen=True)
class Truths:
    """What may be true of the images of a check: one of a few words, or values of named fields."""

    said: Callable[[Mapping[str, Any]], Truth | None]
    """What a result says, in the same terms. A word that is no truth leaves it open."""
    words: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    def test(self, verdict: Verdict, truth: Truth, result: Mapping[str, Any]) -> None:
        """Raises TruthUnfit: of another check, or at odds with the verdict on this result."""
        if not self._is_known(truth):
            raise TruthUnfit(f"One of this check is: {', '.join(self.words or self.fields) or 'none'}")
        if self._follows(truth, self.said(result)) not in {verdict, None}:
            raise TruthUnfit(f"By that truth the result is not {verdict}")

    def _is_known(self, truth: Truth) -> bool:
        return truth in self.words if isinstance(truth, str) else truth.keys() <= set(self.fields)

    def _follows(self, truth: Truth, said: Truth | None) -> Verdict | None:
        """What the result must be; None: either."""
        if isinstance(truth, dict):
            read = said if isinstance(said, dict) else {}
            # Fields that are right prove nothing of the others.
            return "wrong" if any(read.get(name) != value for name, value in truth.items()) else None
        if said not in self.words:
            return None
        return "right" if said == truth else "wrong"


NO_TRUTHS = Truths(said=lambda _result: None)
"""Of a check that can only be called right or wrong."""


class Feedback(BaseModel):
    """What the business said of an answer, the last time it did."""

    model_config = ConfigDict(frozen=True)

    id: str
    """The check's."""
    tenant_id: str
    check: str
    verdict: Verdict
    truth: Truth | None = Field(default=None, repr=False)
    at_s: float


@dataclass(frozen=True)
class Labelled:
    """An answer with its feedback."""

    feedback: Feedback
    reply: Reply


@dataclass(frozen=True)
class Wanted:
    """Which feedback."""

    tenant_id: str | None = None
    check: str | None = None
    since_s: float = 0.0
    """Given then or later, in Unix seconds."""
