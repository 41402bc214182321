"""The business says what turned out to be true of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import product
from operator import or_
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints, create_model

from services import metrics, models
from services.api.bodies import described, read_json
from services.api.desk import Desk
from services.api.gate import GUARDED, uncharged_router
from services.api.problems import declared
from services.api.routes import ID_IN_PATH, found
from services.core import errors as e
from services.core.deletion_errors import CheckDeleted
from services.core.feedback import MOST_CHARACTERS, NO_TRUTHS, Feedback, Truth, Verdict
from services.core.feedback_errors import CheckNotDone, TruthUnfit
from services.core.messages import Record
from services.models import Offer
from services.ports_feedback import FeedbackBook
from services.verification import VERIFICATION

_HOW = """Whether the result was right, and, where you know it, what is true of the images. Said again it
takes the place of what you said before. It is never charged for, rests sealed, is deleted with its check, and
tells us when a model is to be trained anew. Write nothing else about a person: there is no place for it."""
_FieldValue = Annotated[str, StringConstraints(max_length=MOST_CHARACTERS)]


class NewFeedback(BaseModel, extra="forbid"):
    """What may be said of any check."""

    verdict: Verdict = Field(description="Whether the result was right")
    truth: Truth | None = Field(default=None, repr=False)


class CheckFeedback(BaseModel):
    """What was said of an answer, as it stands now."""

    id: str = Field(description="The check's")
    check: str
    verdict: Verdict
    truth: Truth | None
    at_s: float = Field(description="When it was said, in Unix seconds")


def routes(desk: Desk, book: FeedbackBook) -> APIRouter:
    """/v1/checks/{id}/feedback and /v1/verifications/{id}/feedback."""
    router = uncharged_router(desk.gate, "feedback")
    _add_feedback(router, desk, book, "check", [models.find(name) for name in models.names()])
    _add_feedback(router, desk, book, "verification", [VERIFICATION])
    return router


def _add_feedback(
    router: APIRouter, desk: Desk, book: FeedbackBook, kind: str, offered: Sequence[Offer]
) -> None:
    truths = {offer.name: offer.truths for offer in offered}
    wanted = _body_of(offered)
    for name, verdict in product(truths, get_args(Verdict)):
        metrics.feedback.labels(name, verdict)  # from 0 on, or no increase would show the first one

    @router.post(
        f"/{kind}s/{{id}}/feedback",
        summary=f"Say what was true of a {kind}",
        description=_HOW,
        operation_id=f"feedback-on-{kind}",
        responses=declared(
            e.BadRequest, e.BodyTooLarge, e.CheckNotFound, CheckDeleted, CheckNotDone, TruthUnfit,
            e.SealKeyUnknown, e.SealBroken, *GUARDED,
        ),
        openapi_extra=ID_IN_PATH | described(wanted),
    )  # fmt: skip
    async def give(request: Request) -> CheckFeedback:
        said = await read_json(request, wanted)
        record = await found(request, desk, kind)
        result = _result(record)
        if said.truth is not None:
            truths.get(record.check, NO_TRUTHS).test(said.verdict, said.truth, result)
        return await _kept(book, record, said, desk.clock.now())


def _result(record: Record) -> dict[str, Any]:
    if record.reply is None or record.reply.result is None:
        raise CheckNotDone
    return record.reply.result


async def _kept(book: FeedbackBook, record: Record, said: NewFeedback, now_s: float) -> CheckFeedback:
    feedback = Feedback(
        id=record.id,
        tenant_id=record.tenant,
        check=record.check,
        verdict=said.verdict,
        truth=said.truth,
        at_s=now_s,
    )
    if await book.save(feedback):
        metrics.feedback.labels(record.check, said.verdict).inc()
    return CheckFeedback.model_validate(feedback.model_dump())


def _body_of(offered: Sequence[Offer]) -> type[NewFeedback]:
    """With every truth that one of these may have."""
    words = tuple(str(word) for offer in offered for word in offer.truths.words)
    names = tuple(name for offer in offered for name in offer.truths.fields)
    kinds: list[Any] = [Literal[words]] if words else []
    if names:
        name: Any = Literal[names]
        kinds.append(Annotated[dict[name, _FieldValue], Field(min_length=1)])
    told = "; ".join(
        f"{offer.name}: {', '.join(offer.truths.words or offer.truths.fields)}" for offer in offered
    )
    truth: Any = (reduce(or_, [*kinds, None]), Field(default=None, repr=False, description=told))
    return create_model("NewFeedback", __base__=NewFeedback, truth=truth)
