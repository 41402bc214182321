"""A document and a selfie, one decision: three checks at once, and what the policy makes of them.

Until it is written down the decision follows from the results of the checks. Whoever finishes the last of
them, or asks, can write it: no process has to live until then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pydantic import BaseModel, Field

from services import metrics
from services.core.conventions import image_key
from services.core.errors import CheckExpired
from services.core.feedback import Truths
from services.core.messages import ModelInfo, Record, Reply, Status
from services.core.verification_parts import (
    NAME,
    PARTS,
    ImageName,
    failure_of,
    image_of,
    refusal_of,
    total_ms,
)
from services.core.verification_policy import (
    MEANINGS,
    VERSION,
    Decision,
    DocumentSeen,
    Evidence,
    FacesSeen,
    Hint,
    Judgement,
    Refused,
    SelfieSeen,
    decide,
)
from services.models import Offer
from services.models.document_ocr import DocumentOcr
from services.models.face_liveness import FaceLiveness
from services.models.face_match import FaceMatch
from services.ports import Results

POLICY = ModelInfo(name="verification-policy", version=VERSION)


class Refusal(BaseModel):
    """What a check has against an image."""

    code: str
    detail: str
    image: ImageName | None


class PartAnswer(BaseModel):
    """One of the checks under a verification; `GET /v1/checks/{id}` has its model and its times."""

    id: str
    refusal: Refusal | None = Field(default=None, description="Instead of a result")


class DocumentOcrPart(PartAnswer):
    """What is written on the document."""

    result: DocumentOcr | None = None


class FaceMatchPart(PartAnswer):
    """`image_a` is the document, `image_b` the selfie."""

    result: FaceMatch | None = None


class FaceLivenessPart(PartAnswer):
    """Whether the selfie is live."""

    result: FaceLiveness | None = None


class VerificationParts(BaseModel):
    """What each check says."""

    document_ocr: DocumentOcrPart
    face_match: FaceMatchPart
    face_liveness: FaceLivenessPart


class Verification(Judgement):
    """One decision about a document and a selfie, with all that it rests on."""

    checks: VerificationParts


VERIFICATION = Offer(
    name=NAME,
    summary="Verify a person by a document and a selfie",
    parts=("document", "selfie"),
    result=Verification,
    truths=Truths(lambda result: result.get("decision"), words=(Decision.APPROVE, Decision.REJECT)),
    description="Reads the document, compares its portrait with the selfie and checks that the selfie is"
    " live, all at once; one check is charged for. The reasons, and what each leads to:\n\n"
    + "\n".join(f"- `{code}`: {decision}; {says}" for code, (decision, says) in MEANINGS.items()),
)


def image_keys(tenant: str, verification_id: str) -> list[str]:
    """Where a verification's images are, for all of its checks."""
    return [image_key(tenant, NAME, verification_id, part) for part in VERIFICATION.parts]


async def conclude(results: Results, tenant: str, verification_id: str, now_s: float) -> Reply | None:
    """Write down the final word on a verification and return the one that stands; None: a check is pending.

    Raises ResultsUnavailable.
    """
    parts = await results.parts(tenant, verification_id)
    if len(parts) < len(PARTS) or any(part.reply is None for part in parts):
        return None
    reply = reply_of(verification_id, parts, now_s)
    standing = await results.finish(reply)
    if standing is reply:  # several may conclude at once; the one whose word it is counts it
        metrics.verifications.labels((reply.result or {}).get("decision", "failed")).inc()
    return standing


def reply_of(verification_id: str, parts: Sequence[Record], now_s: float) -> Reply:
    """The final word, from those of all the checks."""
    replies = {part.check: part.reply for part in parts if part.reply}
    failure = failure_of(replies.values())
    failed = Status.EXPIRED if isinstance(failure, CheckExpired) else Status.FAILED
    return Reply(
        id=verification_id,
        check=NAME,
        status=failed if failure else Status.DONE,
        result=None if failure else _result(replies, now_s),
        error=failure.to_dict() if failure else None,
        model=POLICY,
        timings_ms=total_ms(replies.values()),
    )


def _result(replies: Mapping[str, Reply], now_s: float) -> dict[str, object]:
    judgement = decide(_evidence(replies), datetime.fromtimestamp(now_s, UTC).date())
    return {**judgement.model_dump(mode="json"), "checks": _parts(replies)}


def _evidence(replies: Mapping[str, Reply]) -> Evidence:
    document, faces, selfie = (replies[check] for check in PARTS)
    return Evidence(
        document=_refused(document) or _document(DocumentOcr.model_validate(document.result)),
        faces=_refused(faces) or _faces(FaceMatch.model_validate(faces.result)),
        selfie=_refused(selfie) or _selfie(FaceLiveness.model_validate(selfie.result)),
    )


def _refused(reply: Reply) -> Refused | None:
    error = refusal_of(reply)
    if error is None:
        return None
    # A check of one image need not say which.
    image: ImageName = "document" if error.image == "document" or reply.check == "document-ocr" else "selfie"
    return Refused(image, error.code)


def _document(said: DocumentOcr) -> DocumentSeen:
    expiry = said.fields.date_of_expiry if said.fields else None
    return DocumentSeen(
        has_zone=said.mrz is not None,
        zone_is_valid=said.mrz is not None and said.mrz.valid,
        expires=expiry.value if expiry and expiry.valid else None,
    )


def _faces(said: FaceMatch) -> FacesSeen:
    doubts = [
        Hint(image=image, code=code)
        for field, face in said.faces.items()
        if (image := image_of("face-match", field))
        for code in face.quality.reasons
    ]
    return FacesSeen(said.match, said.score, said.same_picture, tuple(doubts))


def _selfie(said: FaceLiveness) -> SelfieSeen:
    doubts = tuple(Hint(image="selfie", code=code) for code in said.quality.reasons)
    return SelfieSeen(said.verdict, doubts)


def _parts(replies: Mapping[str, Reply]) -> dict[str, object]:
    return {check.replace("-", "_"): _part(replies[check]) for check in PARTS}


def _part(reply: Reply) -> dict[str, object]:
    error = refusal_of(reply)
    refusal = error and {"code": error.code, "detail": error.detail, "image": error.image}
    return {"id": reply.id, "refusal": refusal, "result": reply.result}
