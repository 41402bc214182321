"""Approve, review or reject: what three checks say together about a document and the person who shows it.

Reject what is certain and bad, review what is not certain, approve what nothing speaks against. Whoever wants
it otherwise decides by the reasons, and by the results of the checks, which the answer holds as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from services.core.verification_parts import ImageName

VERSION = "1.0.0"
SURELY_DIFFERENT_SCORE = 0.1
"""A cosine of 0.29. Of two people none is seen above 0.27 in the labelled pairs; a portrait printed years ago
brings one person below the threshold, so what lies between is for a person to look at."""
MRZ_INVALID = "mrz-invalid"
"""A hint beside the codes of the quality and of the errors: the zone was misread, or is wrong."""


class Decision(StrEnum):
    """What to do with the person; the last one weighs most."""

    APPROVE = "approve"
    REVIEW = "review"
    REJECT = "reject"


class ReasonCode(StrEnum):
    """Why it is not `approve`; stable codes."""

    DOCUMENT_UNREADABLE = "document-unreadable"
    DOCUMENT_EXPIRED = "document-expired"
    EXPIRY_UNKNOWN = "expiry-unknown"
    MRZ_MISSING = "mrz-missing"
    MRZ_INVALID = MRZ_INVALID
    DOCUMENT_FACE_UNCLEAR = "document-face-unclear"
    SELFIE_FACE_UNCLEAR = "selfie-face-unclear"
    FACES_DIFFER = "faces-differ"
    FACES_UNCERTAIN = "faces-uncertain"
    SAME_PICTURE = "same-picture"
    SELFIE_POOR = "selfie-poor"
    LIVENESS_SPOOF = "liveness-spoof"
    LIVENESS_UNCERTAIN = "liveness-uncertain"


MEANINGS: dict[ReasonCode, tuple[Decision, str]] = {
    ReasonCode.DOCUMENT_UNREADABLE: (Decision.REVIEW, "no text was found on the document"),
    ReasonCode.DOCUMENT_EXPIRED: (Decision.REJECT, "its date of expiry has passed, UTC"),
    ReasonCode.EXPIRY_UNKNOWN: (Decision.REVIEW, "its zone names no date of expiry"),
    ReasonCode.MRZ_MISSING: (Decision.REVIEW, "no machine-readable zone was found"),
    ReasonCode.MRZ_INVALID: (Decision.REVIEW, "a check digit does not hold: misread, or altered"),
    ReasonCode.DOCUMENT_FACE_UNCLEAR: (Decision.REVIEW, "not one clear face on the document"),
    ReasonCode.SELFIE_FACE_UNCLEAR: (Decision.REVIEW, "not one clear face on the selfie"),
    ReasonCode.FACES_DIFFER: (Decision.REJECT, "the selfie shows somebody else"),
    ReasonCode.FACES_UNCERTAIN: (Decision.REVIEW, "too alike to differ, or too poor a picture to tell"),
    ReasonCode.SAME_PICTURE: (Decision.REJECT, "the selfie is a copy of the document's portrait"),
    ReasonCode.SELFIE_POOR: (Decision.REVIEW, "the selfie is too poor to tell whether it is live"),
    ReasonCode.LIVENESS_SPOOF: (Decision.REJECT, "the selfie shows a picture of a face"),
    ReasonCode.LIVENESS_UNCERTAIN: (Decision.REVIEW, "neither surely live nor surely a picture"),
}
"""What each reason leads to, and what it says."""


class Reason(BaseModel):
    """Something that speaks against `approve`."""

    model_config = ConfigDict(frozen=True)

    code: ReasonCode
    check: str = Field(description="Which check says so")


class Hint(BaseModel):
    """What the person can do better."""

    model_config = ConfigDict(frozen=True)

    image: ImageName = Field(description="The picture to take again")
    code: str = Field(
        description=f"A quality reason, the code of an error about the image, or `{MRZ_INVALID}`"
    )


class Judgement(BaseModel):
    """The decision and what led to it."""

    decision: Decision = Field(description="`reject` is certain, `review` is for a person to look at")
    reasons: list[Reason] = Field(description="Empty when it is `approve`")
    hints: list[Hint] = Field(description="Empty when better pictures would change nothing")


@dataclass(frozen=True)
class Refused:
    """A check found that an image does not show what it looks for."""

    image: ImageName
    code: str


@dataclass(frozen=True)
class DocumentSeen:
    """What document-ocr says."""

    has_zone: bool
    zone_is_valid: bool
    expires: str | None
    """ISO 8601, without what is unknown; None unless its own check digit holds."""


@dataclass(frozen=True)
class FacesSeen:
    """What face-match says."""

    match: bool
    score: float
    same_picture: bool
    doubts: tuple[Hint, ...]
    """About the quality of the two pictures."""


@dataclass(frozen=True)
class SelfieSeen:
    """What face-liveness says."""

    verdict: str
    doubts: tuple[Hint, ...]


@dataclass(frozen=True)
class Evidence:
    """What the three checks say."""

    document: DocumentSeen | Refused
    faces: FacesSeen | Refused
    selfie: SelfieSeen | Refused


@dataclass(frozen=True)
class _Finding:
    code: ReasonCode
    hints: tuple[Hint, ...] = ()


def decide(evidence: Evidence, today: date) -> Judgement:
    """The worst that any check says decides. A rejected person is given no hints how to pass."""
    by_check = {
        "document-ocr": _of_document(evidence.document, today),
        "face-match": _of_faces(evidence.faces),
        "face-liveness": _of_selfie(evidence.selfie),
    }
    found = [(check, finding) for check, findings in by_check.items() for finding in findings]
    decision = _worst(MEANINGS[finding.code][0] for _, finding in found)
    hints = [hint for _, finding in found for hint in finding.hints]
    return Judgement(
        decision=decision,
        reasons=[Reason(code=finding.code, check=check) for check, finding in found],
        hints=[] if decision is Decision.REJECT else list(dict.fromkeys(hints)),
    )


def is_over(expires: str, today: date) -> bool:
    """Whether a date has passed; without a day or a month it is the last one that it can be."""
    return today.isoformat()[: len(expires)] > expires


def _worst(decisions: Iterable[Decision]) -> Decision:
    order = list(Decision)
    return max(decisions, key=order.index, default=Decision.APPROVE)


def _of_document(seen: DocumentSeen | Refused, today: date) -> Iterator[_Finding]:
    if isinstance(seen, Refused):
        yield _Finding(ReasonCode.DOCUMENT_UNREADABLE, _again(seen))
        return
    if not seen.has_zone:
        yield _Finding(ReasonCode.MRZ_MISSING)
        return
    if not seen.zone_is_valid:
        yield _Finding(ReasonCode.MRZ_INVALID, (Hint(image="document", code=MRZ_INVALID),))
    if seen.expires is None and seen.zone_is_valid:
        yield _Finding(ReasonCode.EXPIRY_UNKNOWN)
    if seen.expires and is_over(seen.expires, today):
        yield _Finding(ReasonCode.DOCUMENT_EXPIRED)


def _of_faces(seen: FacesSeen | Refused) -> Iterator[_Finding]:
    if isinstance(seen, Refused):
        yield _unclear_face(seen)
    elif seen.same_picture:
        yield _Finding(ReasonCode.SAME_PICTURE)
    elif not seen.match:
        is_sure = seen.score < SURELY_DIFFERENT_SCORE and not seen.doubts
        yield _Finding(ReasonCode.FACES_DIFFER if is_sure else ReasonCode.FACES_UNCERTAIN, seen.doubts)


def _of_selfie(seen: SelfieSeen | Refused) -> Iterator[_Finding]:
    if isinstance(seen, Refused):
        yield _unclear_face(seen)
    elif seen.verdict == "spoof":
        yield _Finding(ReasonCode.LIVENESS_SPOOF)
    elif seen.verdict != "live":
        yield _Finding(ReasonCode.SELFIE_POOR if seen.doubts else ReasonCode.LIVENESS_UNCERTAIN, seen.doubts)


def _unclear_face(seen: Refused) -> _Finding:
    is_selfie = seen.image == "selfie"
    code = ReasonCode.SELFIE_FACE_UNCLEAR if is_selfie else ReasonCode.DOCUMENT_FACE_UNCLEAR
    return _Finding(code, _again(seen))


def _again(seen: Refused) -> tuple[Hint, ...]:
    return (Hint(image=seen.image, code=seen.code),)
