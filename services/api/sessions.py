"""What is done with a session: pictures come in, become a verification, and go."""

from __future__ import annotations

import asyncio

import structlog

from services.api.checks import Accepted, Checks, Order
from services.api.gate import Caller
from services.core.deletion_errors import CheckDeleted
from services.core.errors import (
    CheckNotFound,
    ServiceError,
)
from services.core.images import Limits, inspect
from services.core.session_errors import SessionClosed, SessionExpired, SessionIncomplete, SessionNotFound
from services.core.sessions import (
    SLOTS,
    Session,
    SessionStatus,
    Standing,
    claim_key,
    new_session,
    new_upload_key,
)
from services.core.verification_parts import ImageName
from services.ports import Ports
from services.verification import VERIFICATION

log = structlog.get_logger(__name__)


class Sessions:
    """The use cases. All of them raise ResultsUnavailable, and SessionNotFound of one that is deleted."""

    def __init__(self, ports: Ports, checks: Checks, limits: Limits):
        self._sessions, self._objects, self._clock = ports.sessions, ports.objects, ports.clock
        self._checks, self._limits = checks, limits

    async def create(self, tenant_id: str, reference: str | None, lifetime_s: int) -> tuple[Standing, str]:
        """A new one and its token."""
        session, token = new_session(tenant_id, reference, lifetime_s, self._clock.now())
        await self._sessions.create(session)
        return Standing(session), token

    async def standing(self, session: Session) -> Standing:
        """Where it stands, after what its verification has come to."""
        if session.verification_id is None:
            return Standing(session)
        try:
            record = await self._checks.get(session.tenant_id, session.verification_id)
        except (CheckNotFound, CheckDeleted):
            raise SessionNotFound from None  # what it was about was deleted
        if not session.is_submitted or record.reply is None:
            return Standing(session, record)
        after = session.settled(record.reply, self._clock.now())
        if after != session:
            after = await self._change(session, after) or await self._anew(session)
        return Standing(after, record)

    async def fill(self, session: Session, slot: ImageName, image: bytes) -> Standing:
        """Put a picture into a slot, in place of another. Raises what `inspect` raises, StoreUnavailable,
        SessionExpired, SessionClosed."""
        standing = await self._open(session)
        await self._inspect(slot, image)
        key = new_upload_key(session, slot)
        await self._objects.put({key: image})
        try:
            while not (after := await self._change(standing.session, standing.session.filled(slot, key))):
                standing = await self._open(await self._anew(session))  # the other slot was filled meanwhile
        except ServiceError:
            await self._forget([key])
            raise
        return Standing(after, standing.record)

    async def submit(self, session: Session, caller: Caller) -> Standing:
        """Verify the pictures, once however often it is asked for. Raises SessionExpired, SessionIncomplete
        and what `Checks.submit` raises."""
        arrived_s, standing = self._clock.now(), await self.standing(session)
        if standing.status(arrived_s) in {SessionStatus.PROCESSING, SessionStatus.DONE}:
            return standing
        standing = await self._open(standing.session)
        session = standing.session
        images = await self._images(session)
        order = Order(session.tenant_id, VERIFICATION, images, arrived_s, claim_key(session), caller.refusal)
        accepted: Accepted = await self._checks.submit(order)
        caller.is_charged = not accepted.is_replay
        after = await self._change(session, session.submitted(accepted.id)) or await self._anew(session)
        return await self.standing(after)

    async def _open(self, session: Session) -> Standing:
        standing = await self.standing(session)
        status = standing.status(self._clock.now())
        if status is SessionStatus.EXPIRED:
            raise SessionExpired
        if status is not SessionStatus.OPEN:
            raise SessionClosed
        return standing

    async def _images(self, session: Session) -> dict[str, bytes]:
        keys = [key for key in session.keys.values() if key]
        found = await self._objects.get(keys)
        images: dict[str, bytes] = {
            slot: found[key] for slot in SLOTS if (key := session.keys[slot]) and key in found
        }
        for slot in SLOTS:
            if slot not in images:
                raise SessionIncomplete(f"Upload the picture of the {slot}", image=slot)
        return images

    async def _inspect(self, slot: ImageName, image: bytes) -> None:
        try:
            await asyncio.to_thread(inspect, image, self._limits)
        except ServiceError as error:
            error.image = slot
            raise

    async def _change(self, before: Session, after: Session) -> Session | None:
        """Also deletes the pictures that it has no more."""
        changed = await self._sessions.change(before, after)
        if changed:
            kept = changed.keys.values()
            await self._forget([key for key in before.keys.values() if key and key not in kept])
        return changed

    async def _anew(self, session: Session) -> Session:
        found = await self._sessions.find(session.id)
        if found is None:
            raise SessionNotFound
        return found[0]

    async def _forget(self, keys: list[str]) -> None:
        if not keys:
            return
        try:
            await self._objects.delete(keys)
        except ServiceError as error:
            log.warning("images not deleted", keys=keys, cause=repr(error.__cause__))
