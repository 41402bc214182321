"""Approve, review or reject: every reason, what it leads to, and what to take again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.core.verification_policy import (
    MEANINGS,
    Decision,
    DocumentSeen,
    Evidence,
    FacesSeen,
    Hint,
    ReasonCode,
    Refused,
    SelfieSeen,
    decide,
    is_over,
)

TODAY = date(2026, 11, 26)
DARK = Hint(image="selfie", code="too-dark")
SMALL = Hint(image="document", code="face-too-small")

DOCUMENT = DocumentSeen(has_zone=True, zone_is_valid=True, expires="2030-01-31")
FACES = FacesSeen(match=True, score=0.98, same_picture=False, doubts=())
SELFIE = SelfieSeen(verdict="live", doubts=())
GOOD = Evidence(DOCUMENT, FACES, SELFIE)


def document(**changes: object) -> Evidence:
    return replace(GOOD, document=replace(DOCUMENT, **changes))  # type: ignore[arg-type]


def faces(**changes: object) -> Evidence:
    return replace(GOOD, faces=replace(FACES, **changes))  # type: ignore[arg-type]


def selfie(verdict: str, *doubts: Hint) -> Evidence:
    return replace(GOOD, selfie=SelfieSeen(verdict, doubts))


CASES: dict[str, tuple[Evidence, str, list[str], list[str]]] = {
    "all is well": (GOOD, "approve", [], []),
    "doubts that changed nothing": (faces(doubts=(DARK, SMALL)), "approve", [], []),
    "no text": (
        replace(GOOD, document=Refused("document", "no-text")),
        "review",
        ["document-ocr document-unreadable"],
        ["document no-text"],
    ),
    "no zone": (
        document(has_zone=False, zone_is_valid=False, expires=None),
        "review",
        ["document-ocr mrz-missing"],
        [],
    ),
    "a check digit fails": (
        document(zone_is_valid=False, expires=None),
        "review",
        ["document-ocr mrz-invalid"],
        ["document mrz-invalid"],
    ),
    "another check digit fails, and it is over": (
        document(zone_is_valid=False, expires="2020-01-31"),
        "reject",
        ["document-ocr mrz-invalid", "document-ocr document-expired"],
        [],
    ),
    "no date of expiry": (document(expires=None), "review", ["document-ocr expiry-unknown"], []),
    "expires today": (document(expires="2026-11-26"), "approve", [], []),
    "expired yesterday": (document(expires="2026-11-25"), "reject", ["document-ocr document-expired"], []),
    "somebody else": (faces(match=False, score=0.01), "reject", ["face-match faces-differ"], []),
    "nearly the same": (faces(match=False, score=0.1), "review", ["face-match faces-uncertain"], []),
    "somebody else in the dark": (
        faces(match=False, score=0.01, doubts=(DARK, SMALL)),
        "review",
        ["face-match faces-uncertain"],
        ["selfie too-dark", "document face-too-small"],
    ),
    "the portrait again": (
        faces(score=1.0, same_picture=True),
        "reject",
        ["face-match same-picture"],
        [],
    ),
    "no face on the document": (
        replace(GOOD, faces=Refused("document", "no-face")),
        "review",
        ["face-match document-face-unclear"],
        ["document no-face"],
    ),
    "no face on the selfie": (
        replace(GOOD, faces=Refused("selfie", "no-face"), selfie=Refused("selfie", "no-face")),
        "review",
        ["face-match selfie-face-unclear", "face-liveness selfie-face-unclear"],
        ["selfie no-face"],
    ),
    "a spoof": (selfie("spoof"), "reject", ["face-liveness liveness-spoof"], []),
    "perhaps a spoof": (selfie("review"), "review", ["face-liveness liveness-uncertain"], []),
    "a verdict of a later version": (
        selfie("deferred"),
        "review",
        ["face-liveness liveness-uncertain"],
        [],
    ),
    "a dark selfie": (
        selfie("review", DARK),
        "review",
        ["face-liveness selfie-poor"],
        ["selfie too-dark"],
    ),
    "a rejected person is told nothing": (
        replace(GOOD, document=Refused("document", "no-text"), selfie=SelfieSeen("spoof", ())),
        "reject",
        ["document-ocr document-unreadable", "face-liveness liveness-spoof"],
        [],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_worst_that_any_check_says_decides(name: str) -> None:
    evidence, decision, reasons, hints = CASES[name]
    judged = decide(evidence, TODAY)
    assert judged.decision == decision
    assert [f"{reason.check} {reason.code}" for reason in judged.reasons] == reasons
    assert [f"{hint.image} {hint.code}" for hint in judged.hints] == hints


def test_every_reason_has_a_case_and_a_meaning() -> None:
    met = {reason.split()[1] for _, _, reasons, _ in CASES.values() for reason in reasons}
    assert met == set(ReasonCode) == set(MEANINGS)
    assert all(decision is not Decision.APPROVE for decision, _ in MEANINGS.values())


@pytest.mark.parametrize(
    ("expires", "over"),
    [("2026", False), ("2025", True), ("2026-11", False), ("2026-10", True), ("2026-11-25", True)],
)
def test_an_unknown_day_is_the_last_one(expires: str, over: bool) -> None:
    assert is_over(expires, TODAY) is over
