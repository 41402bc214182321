"""Checks that take their time: accepted, looked up, waited for; and answers that cannot be read."""

from __future__ import annotations

import io
import traceback
from pathlib import Path
from typing import Any

import pytest

from services.client import (
    AnswerInvalid,
    Check,
    EkycClient,
    ImageRefused,
    MonthOfUsage,
    NotFound,
    StillPending,
    Unavailable,
)
from services.client.checks import FaceMatch
from tests.unit.services.client.misbehaving import ID, MATCH, Say, Shell, done, pending, problem, serving


def match(client: Any) -> Any:
    return client.face_match(b"a", b"b")


def accepted(client: Any) -> Any:
    return client.face_match(b"a", b"b", prefer_async=True)


def test_a_check_that_is_accepted_is_looked_up_until_it_is_done(shell: Shell) -> None:
    with serving(pending(), pending(200, {"Retry-After": "3"}), done(MATCH)) as server:
        check = shell.ask(server.url, match)
    assert (check.id, check.is_done, check.result.score) == (ID, True, 0.75)
    assert [(one.method, one.path) for one in server.seen[1:]] == [("GET", f"/v1/checks/{ID}")] * 2
    assert all(one.headers["authorization"].startswith("Bearer ") for one in server.seen)
    assert shell.time.pauses_s == [1, 3]


@pytest.mark.parametrize(("retry_after", "pauses_s"), [("0", [0.1]), ("soon", [1]), ("", [1])])
def test_there_is_a_pause_before_each_look(shell: Shell, retry_after: str, pauses_s: list[float]) -> None:
    with serving(pending(headers={"Retry-After": retry_after}), done(MATCH)) as server:
        shell.ask(server.url, match)
    assert shell.time.pauses_s == pauses_s


def test_who_stops_waiting_can_find_the_check_again(shell: Shell) -> None:
    with serving(pending(headers={"Retry-After": "2"})) as server, pytest.raises(StillPending) as raised:
        shell.ask(server.url, match, timeout_s=5)
    assert raised.value.check_id == ID
    assert shell.time.pauses_s == [2, 2, 1]  # the last look is at the deadline itself


def test_who_does_not_wait_has_a_check_that_is_pending(shell: Shell) -> None:
    with serving(pending(), done(MATCH)) as server:
        check: Check[FaceMatch] = shell.ask(server.url, accepted)
        with pytest.raises(StillPending, match="not done yet"):
            _ = check.result
        later = shell.ask(server.url, lambda client: client.wait(check, timeout_s=9))
    assert server.seen[0].headers["prefer"] == "respond-async"
    assert isinstance(later.result, FaceMatch)
    assert later.wanted is FaceMatch


def test_a_check_that_is_done_is_waited_for_no_longer(shell: Shell) -> None:
    with serving(done(MATCH)) as server:
        check = shell.ask(server.url, match)
        assert shell.ask(server.url, lambda client: client.wait(check)) is check
    assert len(server.seen) == 1


def test_the_api_can_be_told_how_long_to_hold_a_request(shell: Shell) -> None:
    with serving(done(MATCH, headers={"Idempotency-Replayed": "true"})) as server:
        check = shell.ask(server.url, lambda client: client.face_match(b"a", b"b", wait_s=2))
    assert server.seen[0].headers["prefer"] == "wait=2"
    assert check.is_replay


def test_how_a_check_ended_is_not_asked_again(shell: Shell) -> None:
    end = problem(504, "check-expired", "5", id=ID)
    with serving(pending(), end) as server, pytest.raises(Unavailable) as raised:
        shell.ask(server.url, match)
    assert (raised.value.code, raised.value.check_id) == ("check-expired", ID)
    assert len(server.seen) == 2


def test_a_look_that_fails_is_repeated_and_its_error_names_the_check(shell: Shell) -> None:
    away = problem(503, "results-unavailable", "2")
    with serving(pending(), away, done(MATCH)) as server:
        assert shell.ask(server.url, match).is_done
    with serving(pending(), away) as server, pytest.raises(Unavailable) as raised:
        shell.ask(server.url, match, timeout_s=5)
    assert raised.value.check_id == ID


@pytest.mark.parametrize("location", ["http://127.0.0.1:9/v1/checks/1", "//127.0.0.1:9/", "http://[", ""])
def test_the_key_goes_to_no_other_address(shell: Shell, location: str) -> None:
    with serving(pending(headers={"Location": location}), done(MATCH)) as server:
        assert shell.ask(server.url, match).is_done
    if location:
        assert server.seen[1].path == f"/v1/checks/{ID}"


def test_a_check_is_looked_up_with_the_type_of_its_result(shell: Shell) -> None:
    with serving(
        done(MATCH), done({"palm": 1}, check="palm-reading"), problem(404, "check-not-found")
    ) as server:
        known = shell.ask(server.url, lambda client: client.get_check(ID))
        unknown = shell.ask(server.url, lambda client: client.get_check(ID))
        with pytest.raises(NotFound):
            shell.ask(server.url, lambda client: client.get_check("../admin?x"))
    assert isinstance(known.result, FaceMatch)
    assert unknown.result == {"palm": 1}
    assert (known.model.version, known.timings_ms) == ("1", {"total": 3.5})
    assert server.seen[2].path == "/v1/checks/..%2Fadmin%3Fx"


def test_a_check_that_the_client_does_not_know_can_be_asked_for(shell: Shell) -> None:
    with serving(done({"palm": 1}, check="palm-reading")) as server:
        check = shell.ask(server.url, lambda c: c.check("palm-reading", {"palm": b"p", "other": None}, dict))
    assert check.result == {"palm": 1}
    assert server.seen[0].path == "/v1/palm-reading"
    assert b'name="other"' not in server.seen[0].body


@pytest.mark.parametrize(
    "answer",
    [Say(200, b"<html>"), Say(200, b"[]"), done({"name": "Jane Doe"}), done({**MATCH, "score": "Jane Doe"})],
)
def test_an_answer_that_cannot_be_read_is_not_repeated(shell: Shell, answer: Say) -> None:
    with serving(answer) as server, pytest.raises(AnswerInvalid) as raised:
        shell.ask(server.url, match)
    assert "Jane" not in "".join(traceback.format_exception(raised.value)) + repr(raised.value)
    assert raised.value.__context__ is None
    assert len(server.seen) == 1


def test_a_check_shows_nothing_of_its_result(shell: Shell) -> None:
    with serving(done(MATCH)) as server:
        shown = repr(shell.ask(server.url, match))
    assert ID in shown
    assert "0.75" not in shown


def test_the_account(shell: Shell) -> None:
    line = {"check": "face-match", "code": "done", "billable": True, "count": 3}
    month = {"month": "2026-11", "billable": 3, "lines": [line]}
    usage = MonthOfUsage.model_validate(month)
    with serving(Say(200, usage.model_dump_json().encode())) as server:
        assert shell.ask(server.url, lambda client: client.usage()) == usage
        assert shell.ask(server.url, lambda client: client.usage("2026-11")) == usage
    assert [one.path for one in server.seen] == ["/v1/usage", "/v1/usage?month=2026-11"]


@pytest.mark.parametrize("kind", [bytes, bytearray, Path, str, io.BytesIO])
def test_images_come_as_bytes_paths_and_files(shell: Shell, tmp_path: Path, kind: type[Any]) -> None:
    path, data = tmp_path / "a.png", b"of a file"
    path.write_bytes(data)
    image = kind(path) if kind in {Path, str} else kind(data)
    with serving("drop", done(MATCH)) as server:
        shell.ask(server.url, lambda client: client.face_match(image, b"b"))
    assert [b"\r\n\r\nof a file\r\n" in one.body for one in server.seen] == [True, True]


def test_what_is_no_image_is_not_sent(shell: Shell, tmp_path: Path) -> None:
    with serving(done(MATCH)) as server:
        with pytest.raises(FileNotFoundError):
            shell.ask(server.url, lambda client: client.face_match(tmp_path / "none.jpg", b"b"))
        with pytest.raises(TypeError, match="binary mode"):
            shell.ask(server.url, lambda client: client.face_match(io.StringIO("text"), b"b"))
    assert server.seen == []


def test_an_image_that_is_refused_is_named(shell: Shell) -> None:
    said = problem(422, "no-face", image="image_b", billable=True, id=ID)
    with serving(said) as server, pytest.raises(ImageRefused) as raised:
        shell.ask(server.url, match)
    error = raised.value
    assert (error.code, error.image, error.billable, error.check_id) == ("no-face", "image_b", True, ID)
    assert (error.status, error.detail, error.retry_after_s) == (422, "D", None)


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://host", "http://"])
def test_what_is_no_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        EkycClient(url)
