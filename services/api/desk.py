"""Where a check is handed in: read, submitted, waited for, answered."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request, Response
from structlog.contextvars import bind_contextvars

from services.api.answers import final_response, pending_response
from services.api.checks import Accepted, Checks, Order
from services.api.gate import Caller, Gate, OpenGate, giving_back
from services.api.prefer import wait_s
from services.api.uploads import Intake, announced_bytes, read_images
from services.core.idempotency import read_key
from services.core.usage import charge
from services.models import Offer
from services.ports import Clock


@dataclass(frozen=True)
class Terms:
    """How this API treats its clients."""

    answer_within_s: float
    upload_within_s: float
    max_image_bytes: int


@dataclass(frozen=True)
class Desk:
    """Takes requests for every check."""

    checks: Checks
    gate: Gate | OpenGate
    intake: Intake
    clock: Clock
    terms: Terms

    async def take(self, request: Request, check: Offer) -> Response:
        """Answer a request for `check`. Raises the errors of `read_images` and `Checks.submit`."""
        caller: Caller = request.state.caller
        patience_s, applied = wait_s(request.headers.get("prefer"), self.terms.answer_within_s)
        async with giving_back(self.gate, caller):
            accepted, received_s = await self._submit(request, check, caller)
            bind_contextvars(id=accepted.id)
            waited_s = self.clock.now() - received_s
            reply = await self.checks.answer(caller.tenant_id, accepted, patience_s - waited_s)
            caller.is_charged = not accepted.is_replay and (reply is None or charge(reply)[1])
        response = final_response(reply) if reply else pending_response(accepted.id, check.name, 202)
        if applied:
            response.headers["Preference-Applied"] = applied
        if accepted.is_replay:
            response.headers["Idempotency-Replayed"] = "true"
        return response

    async def _submit(self, request: Request, check: Offer, caller: Caller) -> tuple[Accepted, float]:
        """What was submitted, and when its body was read. The images are held no longer than this runs."""
        arrived_s = self.clock.now()
        key = read_key(request.headers.getlist("idempotency-key"))
        if key is None:
            # What will be refused anyway need not be read; only a key may stand for an earlier answer.
            self._refuse(check, caller)
        most_bytes, within_s = self.terms.max_image_bytes, self.terms.upload_within_s
        with self.intake.room_for(announced_bytes(request, check.parts, most_bytes)):
            images = await read_images(request, check.parts, most_bytes, within_s)
            received_s = self.clock.now()
            order = Order(caller.tenant_id, check, images, arrived_s, key, caller.refusal)
            return await self.checks.submit(order), received_s

    def _refuse(self, check: Offer, caller: Caller) -> None:
        if caller.refusal:
            raise caller.refusal
        self.checks.admit(check)
