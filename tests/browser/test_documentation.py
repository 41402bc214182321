"""/docs in a browser: all that the API's description says, from this host alone."""

from __future__ import annotations

import re

import httpx

from services.client import EkycClient, EkycSession
from tests.browser.accessible import keep
from tests.browser.conftest import Service
from tests.browser.tab import PHONE, Tab

ARTICLES = "[...document.querySelectorAll('article')]"
ROWS = f"{ARTICLES}.map(one => [one.id, one.querySelector('.path code').textContent])"
EXAMPLES = f"{ARTICLES}.flatMap(one => [...one.querySelectorAll('pre')].map(text => text.textContent))"


def test_every_operation_and_every_error_is_there(desk: Tab, service: Service) -> None:
    desk.go(f"{service.url}/docs")
    desk.sees("eKYC checks")
    described = httpx.get(f"{service.url}/openapi.json").json()["paths"]
    operations = {(one["operationId"], path) for path, item in described.items() for one in item.values()}
    assert {tuple(row) for row in desk.run(ROWS)} == operations
    codes = {error["code"] for error in httpx.get(f"{service.url}/v1/errors").json()}
    assert set(desk.run("[...document.querySelectorAll('tbody code')].map(one => one.textContent)")) == codes
    dead = (
        "[...document.querySelectorAll('a[href^=\"#\"]')].filter(a => !document.querySelector(a.hash)).length"
    )
    assert desk.run(dead) == 0
    keep(desk, "docs-desk")
    _stays_here(desk, service)


def test_what_an_answer_holds_unfolds(desk: Tab, service: Service) -> None:
    desk.go(f"{service.url}/docs#get-session")
    desk.sees("eKYC checks")
    desk.run("document.querySelector('#get-session details summary').click()")
    desk.run("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    assert "attempts_left" in desk.run("document.querySelector('#get-session details').innerText")
    keep(desk, "docs-desk-answer")


def test_it_fits_a_phone_and_the_dark(phone: Tab, service: Service) -> None:
    phone.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    phone.go(f"{service.url}/docs#face-match")
    phone.sees("eKYC checks")
    assert phone.run("document.documentElement.scrollWidth") == PHONE["width"]
    keep(phone, "docs-phone-dark")


def test_examples_are_of_the_client_that_there_is(desk: Tab, service: Service) -> None:
    desk.go(f"{service.url}/docs")
    desk.sees("eKYC checks")
    shown = desk.run(EXAMPLES)
    curl = [text for text in shown if text.startswith("curl ")]
    assert len(curl) == desk.run(f"{ARTICLES}.length")
    assert f'curl {service.url}/v1/face-match \\\n  -H "Authorization: Bearer $KEY" \\\n' in "\n".join(curl)
    python = "\n".join(text for text in shown if text.startswith("from services.client import "))
    called = set(re.findall(r"\b(client|phone)\.(\w+)\(", python))
    assert {("client", "face_match"), ("client", "get_session"), ("phone", "submit")} <= called
    for holder, method in called:
        assert hasattr({"client": EkycClient, "phone": EkycSession}[holder], method)


def _stays_here(tab: Tab, service: Service) -> None:
    asked = tab.asked()
    assert asked
    assert [url for url in asked if not url.startswith(f"{service.url}/")] == []
    assert tab.complaints() == []
