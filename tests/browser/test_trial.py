"""/try in a browser: the business and its customer at once, where callers need no key."""

from __future__ import annotations

from pathlib import Path

from tests.browser.accessible import keep
from tests.browser.conftest import Service
from tests.browser.tab import Tab
from tests.browser.test_session import CHECKED_S, CLEAR, DOCUMENT, INTRO, READABLE, SELFIE

LOCKED = """window.fetch = async () => new Response("{}", { status: 401 })"""


def test_it_shows_what_the_business_reads(desk: Tab, service: Service, document: Path, selfie: Path) -> None:
    desk.go(f"{service.url}/try")
    desk.sees("Try a verification")
    keep(desk, "try-1-start")
    desk.click("Start", times=2)
    desk.sees(INTRO)
    desk.click("Agree and start")
    for slot, file, question in ((DOCUMENT, document, READABLE), (SELFIE, selfie, CLEAR)):
        desk.sees(slot)
        desk.choose(file)
        desk.sees(question)
        desk.click("Use this picture")
    desk.sees("Approved", CHECKED_S)
    for part in ("ERIKSSON", "all check digits hold", "Same person", "Live selfie", "good"):
        assert part in desk.text
    keep(desk, "try-2-approved")
    desk.click("Try another")
    desk.sees("Try a verification")
    assert [url for url in desk.asked() if not url.startswith(f"{service.url}/")] == []
    assert desk.complaints() == []


def test_where_keys_are_needed_it_says_how(phone: Tab, service: Service) -> None:
    phone.send("Page.addScriptToEvaluateOnNewDocument", source=LOCKED)
    phone.go(f"{service.url}/try")
    phone.sees("Start it with your key")
    assert f"curl {service.url}/v1/sessions" in phone.text
    keep(phone, "try-key")
