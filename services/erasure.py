"""Deleting a check on request: the row at once, its images wherever they are, and a receipt once all is gone.

It may be cut short anywhere. The note of what is to go is written together with the row's end, and whoever
comes next, the tenant or the janitor, goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from services import models, verification
from services.core.conventions import image_key
from services.core.deletion_errors import CheckIsPart, DeletionNotFound
from services.core.deletions import Deletion, Erased
from services.core.errors import CheckNotFound, StoreUnavailable
from services.core.messages import Record
from services.ports import Clock, ObjectStore, Results
from services.ports_upkeep import Deletions, Notary
from services.verification import VERIFICATION

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Erasure:
    """The use cases. Every method raises ResultsUnavailable."""

    results: Results
    objects: ObjectStore
    deletions: Deletions
    notary: Notary
    clock: Clock

    async def delete(self, tenant_id: str, check_id: str) -> Deletion:
        """Delete a check or a verification of the tenant, in whatever state; twice changes nothing.

        Raises CheckNotFound. CheckIsPart: of a verification, which is to be deleted whole.
        """
        record = await self.results.get(tenant_id, check_id)
        if record and record.part_of:
            raise CheckIsPart(f"DELETE /v1/verifications/{record.part_of}")
        if record:
            images = await self._images(record)
            await self.deletions.erase(tenant_id, check_id, images, self.clock.now())
        deletion = await self.deletions.find(tenant_id, check_id)
        if deletion is None:
            raise CheckNotFound
        return await self.finish(deletion)

    async def find(self, tenant_id: str, check_id: str) -> Deletion:
        """What was deleted. Raises DeletionNotFound."""
        deletion = await self.deletions.find(tenant_id, check_id)
        if deletion is None:
            raise DeletionNotFound
        return deletion

    async def finish(self, deletion: Deletion) -> Deletion:
        """Delete what is left, and prove it; no receipt as long as a store that is away may hold some."""
        if deletion.receipt or not await self._are_gone(deletion):
            return deletion
        receipt = self.notary.sign(deletion.statement(self.clock.now()))
        return await self.deletions.prove(deletion, receipt, self.notary.key)

    async def _images(self, record: Record) -> list[Erased]:
        keys = [*image_keys(record), *await self.deletions.uploads(record.tenant, record.id)]
        try:
            found = await self.objects.digests(keys)
        except StoreUnavailable:  # some may be there
            return [Erased(kind="image", id=key) for key in keys]
        return [Erased(kind="image", id=key, sha256=found[key]) for key in keys if key in found]

    async def _are_gone(self, deletion: Deletion) -> bool:
        if not deletion.images:
            return True
        try:
            await self.objects.delete(deletion.images)
            return not await self.objects.digests(deletion.images)
        except StoreUnavailable as error:
            log.warning("deletion not finished", id=deletion.id, cause=repr(error.__cause__))
            return False


def image_keys(record: Record) -> list[str]:
    """Where a check's images are; nowhere when this version does not offer it any more, nor where they are
    its verification's."""
    if record.part_of:
        return []
    if record.check == VERIFICATION.name:
        return verification.image_keys(record.tenant, record.id)
    parts = models.find(record.check).parts if record.check in models.names() else ()
    return [image_key(record.tenant, record.check, record.id, part) for part in parts]
