"""A session's token, and what becomes of it when a verification ends."""

from __future__ import annotations

from typing import Any

import pytest

from services.chores import expire_images
from services.core import errors as e
from services.core.conventions import TASK_TTL_MAX_S
from services.core.errors import ServiceError
from services.core.idempotency import _KEY
from services.core.messages import Reply, Status, Task
from services.core.sessions import (
    MOST_ATTEMPTS,
    MOST_LIFETIME_S,
    Session,
    claim_key,
    hints_of,
    new_session,
    new_upload_key,
    split_token,
)

NOW_S = 1_000.0
NEW, TOKEN = new_session("acme", "ref", 100, NOW_S)
FULL = NEW.filled("document", "d").filled("selfie", "s").submitted("v")
TASK = Task(id="v", check="verification", images={}, created_at_s=0, deadline_s=1)
DARK = {"image": "selfie", "code": "too-dark"}


def done(*hints: dict[str, str]) -> Reply:
    return Reply(id="v", check="verification", status=Status.DONE, result={"hints": list(hints)})


def failed(error: ServiceError) -> Reply:
    return Reply.failed(TASK, error)


def test_a_token_opens_its_session_and_is_kept_nowhere() -> None:
    session_id, secret = split_token(TOKEN) or ("", "")
    assert session_id == NEW.id
    assert NEW.opens(secret)
    assert not NEW.opens(secret[::-1])
    assert secret not in NEW.model_dump_json()


@pytest.mark.parametrize("text", ["", "ekyc_session_", TOKEN[:-1], TOKEN + "0", TOKEN.upper(), f" {TOKEN}"])
def test_what_is_no_token_is_said(text: str) -> None:
    assert split_token(text) is None


CASES: dict[str, tuple[Reply, dict[str, Any]]] = {
    "a decision": (done(), {"document_key": None, "selfie_key": None}),
    "a poor selfie": (done(DARK), {"is_submitted": False, "selfie_key": None}),
    "a corrupt document": (
        failed(e.ImageCorrupt(image="document")),
        {"is_submitted": False, "document_key": None},
    ),
    "an outage": (failed(e.CheckExpired()), {"is_submitted": False, "attempts": 0}),
    "a broken model": (failed(e.VerificationIncomplete()), {"is_submitted": False, "attempts": 0}),
}


@pytest.mark.parametrize("name", CASES)
def test_a_verification_that_ended_settles_its_session(name: str) -> None:
    reply, changes = CASES[name]
    assert FULL.settled(reply, NOW_S) == FULL.model_copy(update=changes)


def test_after_the_last_try_or_too_late_nothing_is_taken_again() -> None:
    last = FULL.model_copy(update={"attempts": MOST_ATTEMPTS})
    for session, now_s in ((last, NOW_S), (FULL, NOW_S + 100)):
        after = session.settled(done(DARK), now_s)
        assert (after.is_submitted, after.document_key, after.selfie_key) == (True, None, None)
        assert after.settled(done(DARK), now_s) == after


def test_an_error_about_no_picture_is_about_both() -> None:
    assert [hint.image for hint in hints_of(failed(e.ImageCorrupt()))] == ["document", "selfie"]
    assert hints_of(failed(e.ModelFailed())) == []


def test_keys_are_written_once_and_claims_are_nobody_elses() -> None:
    keys = {new_upload_key(NEW, "selfie") for _ in range(9)}
    assert len(keys) == 9
    assert max(map(len, keys)) <= 160
    assert all(key.startswith(f"acme/session/{NEW.id}/selfie-") for key in keys)
    assert not _KEY.fullmatch(claim_key(NEW))
    assert len(claim_key(Session(**NEW.model_dump() | {"version": 10**9}))) <= 128


def test_the_chore_spares_the_pictures_of_the_longest_session() -> None:
    assert TASK_TTL_MAX_S + expire_images.SPARE_S > MOST_LIFETIME_S
