"""What is sent again, when, and under which key."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.client import (
    EkycError,
    NotAuthenticated,
    RateLimited,
    ServiceFailed,
    Unavailable,
    Unreachable,
)
from tests.unit.services.client.misbehaving import (
    ID,
    MATCH,
    MIDDLE,
    Say,
    Shell,
    Trouble,
    done,
    problem,
    serving,
)


def match(client: Any) -> Any:
    return client.face_match(b"first", b"second")


PASSES: dict[str, Say | Trouble] = {
    "429": problem(429, "rate-limited", "7"),
    "503": problem(503, "broker-unavailable", "2"),
    "503 without Retry-After": problem(503, "broker-unavailable"),
    "504 that says when": problem(504, "check-expired", "5", id=ID),
    "500 that says when": problem(500, "of-a-later-version", "3"),
    "502 of a proxy": Say(502, b"<html>Bad Gateway</html>"),
    "dropped": "drop",
    "cut off": "cut",
    "no answer": "hang",
}
STAYS = {
    "400": problem(400, "bad-request"),
    "401": problem(401, "key-unknown"),
    "422": problem(422, "no-face", image="image_a", billable=True),
    "429 until next month": problem(429, "quota-exceeded", "900000"),
    "500": problem(500, "model-failed", id=ID),
    "302": Say(302, b"", {"Location": "http://127.0.0.1:9/"}),
}


@pytest.mark.parametrize("trouble", PASSES.values(), ids=PASSES)
def test_what_may_pass_is_sent_again_under_the_same_key(shell: Shell, trouble: Say | Trouble) -> None:
    retries = replace(MIDDLE, try_timeout_s=0.5 if trouble == "hang" else 10)
    with serving(trouble, trouble, done(MATCH)) as server:
        check = shell.ask(server.url, match, retries=retries)
    assert check.result.match is True
    assert len({request.headers["idempotency-key"] for request in server.seen}) == 1
    assert len(server.seen) == 3
    assert all(b"first" in request.body and b"second" in request.body for request in server.seen)
    asked_s = float(trouble.headers.get("Retry-After", 0)) if isinstance(trouble, Say) else 0
    assert shell.time.pauses_s == [asked_s + 0.25, asked_s + 0.5]


@pytest.mark.parametrize("trouble", STAYS.values(), ids=STAYS)
def test_what_will_not_pass_is_raised_at_once(shell: Shell, trouble: Say) -> None:
    with serving(trouble, done(MATCH)) as server, pytest.raises(EkycError) as raised:
        shell.ask(server.url, match)
    assert raised.value.status == trouble.status
    assert len(server.seen) == 1
    assert shell.time.pauses_s == []


def test_the_deadline_ends_it_with_the_last_error(shell: Shell) -> None:
    with serving(problem(429, "system-busy", "4")) as server, pytest.raises(RateLimited) as raised:
        shell.ask(server.url, match, timeout_s=20)
    assert (raised.value.code, raised.value.retry_after_s) == ("system-busy", 4)
    assert shell.time.pauses_s == [4.25, 4.5, 5, 6]
    assert len(server.seen) == 5


def test_a_call_may_have_a_deadline_of_its_own(shell: Shell) -> None:
    with serving(problem(503, "queue-full", "5")) as server, pytest.raises(Unavailable):
        shell.ask(server.url, lambda client: client.face_match(b"a", b"b", timeout_s=3))
    assert len(server.seen) == 1


def test_two_calls_have_two_keys_and_the_callers_own_is_taken(shell: Shell) -> None:
    with serving(done(MATCH)) as server:
        shell.ask(server.url, match)
        shell.ask(server.url, match)
        shell.ask(server.url, lambda client: client.face_match(b"a", b"b", idempotency_key="order-7"))
    first, second, own = (request.headers["idempotency-key"] for request in server.seen)
    assert first != second
    assert UUID(first).version == 4
    assert own == "order-7"


def test_reads_are_sent_again_too(shell: Shell) -> None:
    with serving(problem(429, "rate-limited", "1"), "drop", Say(200, b"[]")) as server:
        assert shell.ask(server.url, lambda client: client.errors()) == []
    assert [request.method for request in server.seen] == ["GET"] * 3
    assert "idempotency-key" not in server.seen[0].headers


def test_nobody_there_is_tried_until_the_deadline(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(Unreachable) as raised:
        shell.ask(url, match, timeout_s=10)
    assert isinstance(raised.value.__cause__, httpx.ConnectError)
    assert (raised.value.status, raised.value.code) == (None, "unreachable")
    assert shell.time.pauses_s == [0.25, 0.5, 1, 2, 4]


def test_a_wrong_certificate_is_not_tried_again(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "server.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-days", "1"]
    subprocess.run([*words, "-keyout", file, "-out", f"{file}.crt"], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(f"{file}.crt", file)
    with serving(done(MATCH), tls=tls) as server, pytest.raises(Unreachable, match="certificate"):
        shell.ask(server.url, match)
    assert shell.time.pauses_s == []


def test_a_key_that_no_header_can_hold_is_not_tried_again(shell: Shell) -> None:
    with serving(done(MATCH)) as server, pytest.raises(Unreachable, match="LocalProtocolError"):
        shell.ask(server.url, lambda client: client.face_match(b"a", b"b", idempotency_key="a\nb"))
    assert shell.time.pauses_s == []


def test_an_error_of_a_later_version_is_its_familys(shell: Shell) -> None:
    said = problem(401, "key-asleep", wakes="at dawn")
    with serving(said) as server, pytest.raises(NotAuthenticated, match="key-asleep: D") as raised:
        shell.ask(server.url, match)
    assert repr(raised.value) == "NotAuthenticated('key-asleep', status=401)"


def test_a_proxys_page_is_not_repeated(shell: Shell) -> None:
    with serving(Say(500, b"<html>Dear Jane Doe</html>")) as server, pytest.raises(ServiceFailed) as raised:
        shell.ask(server.url, match)
    assert str(raised.value) == "http-500: Internal Server Error"


def test_what_a_request_looks_like(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "jane-doe.jpg").write_bytes(b"\xff\xd8 of a file")
    with serving(done(MATCH)) as server:
        shell.ask(f"{server.url}/below/", lambda client: client.face_match(tmp_path / "jane-doe.jpg", b"b"))
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", "/below/v1/face-match")
    assert seen.headers["authorization"] == "Bearer ekyc_0123456789ab_secret"
    assert seen.headers["user-agent"].startswith("ekyc-client/")
    assert "prefer" not in seen.headers
    assert re.findall(rb'name="(\w+)"; filename="(\w+)"', seen.body) == [
        (b"image_a", b"image_a"),
        (b"image_b", b"image_b"),
    ]
    assert b"\r\n\r\n\xff\xd8 of a file\r\n" in seen.body
