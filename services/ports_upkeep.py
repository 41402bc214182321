"""What keeping results for a while, and no longer, needs from the outside, as roles."""

from __future__ import annotations

from typing import Any, Protocol

from services.core.deletions import Deletion, Erased, PublicKey


class Deletions(Protocol):
    """Deletes checks on request, and keeps that it did. Every method raises ResultsUnavailable."""

    async def uploads(self, tenant_id: str, check_id: str) -> list[str]:
        """Keys of the pictures that a session still holds of a verification."""

    async def erase(self, tenant_id: str, check_id: str, images: list[Erased], now_s: float) -> None:
        """Delete a check with its result, a verification with its checks and its session, and note it
        together with the images that are to go.

        Nothing happens when the tenant has no such check. No worker's answer brings it back.
        """

    async def find(self, tenant_id: str, check_id: str) -> Deletion | None:
        """What is left to tell of a deleted check."""

    async def unproved(self, before_s: float, most: int) -> list[Deletion]:
        """Those from before that, of any tenant, without a receipt."""

    async def prove(self, deletion: Deletion, receipt: str, key: PublicKey) -> Deletion:
        """Keep a receipt, and the key that verifies it for ever. The first one stands."""

    async def keys(self) -> list[PublicKey]:
        """Every key that ever signed a receipt."""


class Notary(Protocol):
    """Signs receipts."""

    @property
    def key(self) -> PublicKey:
        """What verifies them."""

    def sign(self, statement: dict[str, Any]) -> str:
        """A compact JSON Web Signature."""


class Seals(Protocol):
    """Knows what rests under which key. Every method raises ResultsUnavailable."""

    async def sealed_with(self) -> dict[str, int]:
        """How many rows rest under each key, by its id; those that are not sealed under `none`."""


class Upkeep(Seals, Protocol):
    """Looks after what rests in the database. Every method raises ResultsUnavailable."""

    async def expire(self, tenant_id: str, before_s: float, most: int) -> int:
        """Delete the tenant's checks and sessions from before that, `most` at once; how many there were."""

    async def oldest_pending(self, now_s: float) -> dict[str, float]:
        """Age in seconds of each kind's oldest check that has no answer and did not expire."""

    async def reseal(self) -> int:
        """Seal what rests under an older key, or under none, with the first; how many there were."""
