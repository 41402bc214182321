"""What feedback needs from the outside, as a role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from services.core.feedback import Feedback, Labelled, Wanted


class FeedbackBook(Protocol):
    """Keeps feedback for as long as its check. Every method raises ResultsUnavailable."""

    async def save(self, feedback: Feedback) -> bool:
        """Write it down in place of what was said before; False when the verdict was the same then.

        Raises CheckNotFound: the tenant has no such check, any more.
        """

    def all(self, wanted: Wanted) -> AsyncIterator[Labelled]:
        """Those wanted, by the checks' ids; a damaged row is left out.

        Raises SealKeyUnknown.
        """
