"""Sessions from both sides: the business with its key, the phone with a token."""

from __future__ import annotations

import inspect
import json
from typing import Any

import httpx
import pytest

from services.client import (
    AnswerInvalid,
    AsyncEkycClient,
    AsyncEkycSession,
    EkycSession,
    ImageRefused,
    NotAuthenticated,
    RequestRefused,
    StillPending,
)
from services.client.checks import Verification
from services.ports import Ports
from tests.unit.services.client.misbehaving import ID, Say, Shell, problem, serving
from tests.unit.services.verified import FILES, SELFIE, Crew

TOKEN = f"ekyc_session_{ID}_{'0' * 64}"


@pytest.fixture
def phone(shell: Shell) -> Shell:
    """Both kinds of it, one after the other."""
    shell.kinds, shell.key = (EkycSession, AsyncEkycSession), TOKEN
    return shell


def state(status: str, **said: object) -> Say:
    body: dict[str, object] = {
        "id": ID,
        "status": status,
        "expires_at": "2026-11-26T01:00:00+00:00",
        "slots": {"document": True, "selfie": True},
        "hints": [],
        "failure": None,
        "attempts_left": 2,
        "retry_after_s": 1 if status == "processing" else None,
        "news": "of a later version",
    }
    return Say(200, json.dumps(body | said).encode())


async def test_a_whole_session(client: httpx.AsyncClient, ports: Ports) -> None:
    ekyc = AsyncEkycClient("http://api", http=client)
    made = await ekyc.create_session("customer-7", expires_in_s=600)
    assert (made.reference, made.status) == ("customer-7", "open")
    assert made.token not in repr(made)
    async with AsyncEkycSession("http://api", made.token, http=client, sleep=ports.clock.sleep) as phone:
        for slot, image in FILES.items():
            assert (await phone.upload(slot, image)).slots[slot]
        with pytest.raises(ImageRefused, match="image-empty"):
            await phone.upload("selfie", b"")
        crew = await Crew.start(ports)
        await phone.submit()
        assert (await phone.wait()).status == "done"
        await crew.drain()
        with pytest.raises(RequestRefused, match="session-closed"):
            await phone.upload("selfie", SELFIE)
    seen = await ekyc.get_session(made.id)
    assert seen.verification is not None
    verification = seen.verification.result
    assert isinstance(verification, Verification)
    assert verification.decision == "approve"
    assert verification.checks.face_match.result is not None
    assert "approve" not in repr(seen)
    looked_up = await ekyc.get_verification(seen.verification.id)
    assert looked_up.result == verification


async def test_a_verification_is_asked_for_and_waited_for(client: httpx.AsyncClient, ports: Ports) -> None:
    ekyc = AsyncEkycClient("http://api", http=client, sleep=ports.clock.sleep)
    check = await ekyc.verification(*FILES.values(), prefer_async=True)
    assert (check.name, check.is_done) == ("verification", False)
    crew = await Crew.start(ports)
    done = await ekyc.wait(check)
    await crew.drain()
    assert (done.id, done.result.decision) == (check.id, "approve")
    assert done.model is not None
    assert done.model.name == "verification-policy"


def test_an_upload_is_the_picture_itself_and_is_sent_again(phone: Shell) -> None:
    with serving("drop", problem(429, "rate-limited", "3"), state("open")) as server:
        phone.ask(server.url, lambda session: session.upload("selfie", b"of a file"))
    assert [(one.method, one.path, one.body) for one in server.seen] == [
        ("PUT", f"/v1/sessions/{ID}/selfie", b"of a file")
    ] * 3
    assert server.seen[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert phone.time.pauses_s[1] >= 3


def test_a_phone_waits_as_long_as_it_is_told(phone: Shell) -> None:
    busy = state("processing", retry_after_s=2)
    with serving(busy, busy, state("open", hints=[{"image": "selfie", "code": "too-dark"}])) as server:
        seen = phone.ask(server.url, lambda session: session.wait())
    assert [(hint.image, hint.code) for hint in seen.hints] == [("selfie", "too-dark")]
    assert phone.time.pauses_s == [2, 2]


def test_a_phone_waits_no_longer_than_it_wants(phone: Shell) -> None:
    with serving(state("processing")) as server, pytest.raises(StillPending) as raised:
        phone.ask(server.url, lambda session: session.wait(timeout_s=2.5))
    assert raised.value.check_id == ID
    assert phone.time.pauses_s == [1, 1, 0.5]


def test_submitting_and_looking(phone: Shell) -> None:
    with serving(state("processing"), state("done"), problem(401, "token-unknown")) as server:
        assert phone.ask(server.url, lambda session: session.submit()).status == "processing"
        assert phone.ask(server.url, lambda session: session.state()).status == "done"
        with pytest.raises(NotAuthenticated):
            phone.ask(server.url, lambda session: session.state())
    assert [(one.method, one.path) for one in server.seen[:2]] == [
        ("POST", f"/v1/sessions/{ID}/submit"),
        ("GET", f"/v1/sessions/{ID}"),
    ]


def test_what_a_business_says_about_a_session(shell: Shell) -> None:
    made = state("open", token=TOKEN, uploads={"selfie": "/x"}, reference=None)
    seen = state("done", reference="r", verification={"id": ID, "status": "done", "result": {"decision": 1}})
    with serving(made, made, seen, state("open", reference=None, verification=None)) as server:
        assert shell.ask(server.url, lambda client: client.create_session()).token == TOKEN
        shell.ask(server.url, lambda client: client.create_session("r", 60))
        with pytest.raises(AnswerInvalid):
            shell.ask(server.url, lambda client: client.get_session(ID))
        assert shell.ask(server.url, lambda client: client.get_session(ID)).verification is None
    assert [json.loads(one.body) for one in server.seen[:2]] == [{}, {"reference": "r", "expires_in_s": 60}]


@pytest.mark.parametrize("token", ["", "ekyc_0123456789ab_secret", f"{TOKEN}\n"])
def test_what_is_no_token_is_refused_at_once(token: str) -> None:
    with pytest.raises(ValueError, match="token: one of a session") as raised:
        EkycSession("http://api", token)
    assert token not in str(raised.value) or not token


def test_both_kinds_of_phone_do_the_same() -> None:
    def methods(kind: type[Any]) -> dict[str, inspect.Signature]:
        found = inspect.getmembers(kind, inspect.isfunction)
        return {name: inspect.signature(one) for name, one in found if not name.startswith("_")}

    assert methods(EkycSession) == methods(AsyncEkycSession)
