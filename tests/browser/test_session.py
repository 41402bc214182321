"""/session in a browser with the real models behind it: a person with a camera, or with files."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

from tests.browser.accessible import keep
from tests.browser.chromium import until
from tests.browser.conftest import Service
from tests.browser.films import show
from tests.browser.tab import DESK, PHONE, Tab
from tests.unit.services.corpus import drawing, encoded

NO_CAMERA = "Object.defineProperty(navigator, 'mediaDevices', { value: undefined })"
INTRO, DOCUMENT, SELFIE = "Confirm that it is you", "Photograph your document", "Take a selfie"
READABLE, CLEAR, DONE = "Is everything readable?", "Is your face clear?", "All done"
CHECKED_S = 60
SHOWN = "[document.querySelector('canvas').width, document.querySelector('canvas').height]"


def test_with_the_camera(phone: Tab, service: Service, camera: Path, document: Path, selfie: Path) -> None:
    session = service.session()
    show(Image.open(document), camera)
    phone.go(service.page(session))
    phone.sees(INTRO)
    assert phone.run("location.href") == f"{service.url}/session"
    keep(phone, "session-1-intro")
    phone.click("Agree and start")
    phone.sees(DOCUMENT)
    keep(phone, "session-2-document")
    _shoot(phone, "Fit the page into the frame", "session-3-camera")
    phone.sees(READABLE)
    assert phone.run("document.querySelector('video')") is None
    keep(phone, "session-4-preview")
    phone.click("Use this picture", times=2)
    phone.sees(SELFIE)
    phone.go(f"{service.url}/session")  # as a reload does: where it stands is asked of the server
    phone.sees(SELFIE)
    show(_dimmed(selfie), camera)
    keep(phone, "session-5-selfie")
    phone.click("Open camera")
    phone.sees("Fit your face into the oval")
    until(lambda: "too dark" in phone.text, "a word about the light")
    phone.click("Back")
    phone.sees(SELFIE)
    show(Image.open(selfie), camera)
    _shoot(phone, "Fit your face into the oval", "session-6-oval")
    phone.sees(CLEAR)
    keep(phone, "session-7-face")
    phone.click("Use this picture")
    phone.sees("Checking your pictures")
    keep(phone, "session-8-checking")
    phone.sees(DONE, CHECKED_S)
    keep(phone, "session-9-done")
    assert service.standing(session)["verification"]["result"]["decision"] == "approve"
    assert "pprove" not in phone.text
    assert session["token"] not in " ".join(phone.asked())
    _stays_here(phone, service)


def test_with_files_a_poor_one_is_taken_again(
    desk: Tab, service: Service, document: Path, selfie: Path, tmp_path: Path
) -> None:
    session = service.session()
    desk.go(service.page(session))
    desk.click("Agree and start")
    desk.sees(DOCUMENT)
    desk.choose(_file(tmp_path / "none.jpg", b"no picture"))
    until(lambda: "This is no picture we can read" in desk.text, "a word about the file")
    desk.choose(_file(tmp_path / "tiny.png", encoded(drawing((50, 40)), "PNG")))
    desk.sees(READABLE)
    assert "too small" in desk.text
    desk.click("Use this picture")
    desk.sees(DOCUMENT)
    assert "too small" in desk.text  # and so says the service
    desk.choose(_turned(document, tmp_path / "turned.jpg"))
    desk.sees(READABLE)
    width, height = desk.run(SHOWN)
    assert (max(width, height), width > height) == (2560, True)
    keep(desk, "session-desk-preview")
    desk.click("Use this picture")
    desk.sees(SELFIE)
    desk.choose(_dark(selfie, tmp_path / "dark.jpg"))
    desk.sees(CLEAR)
    assert "too dark" in desk.text
    keep(desk, "session-desk-dark")
    desk.click("Use this picture")
    desk.sees(f"{SELFIE} again", CHECKED_S)
    assert "You can try 2 more times." in desk.text
    keep(desk, "session-desk-hint")
    desk.choose(selfie)
    desk.sees(CLEAR)
    desk.click("Use this picture")
    desk.sees(DONE, CHECKED_S)
    assert service.standing(session)["verification"]["result"]["decision"] == "approve"
    desk.go(f"{service.url}/session")
    desk.sees(DONE)
    _stays_here(desk, service)


@pytest.mark.parametrize("setting", ["denied", "absent"])
def test_without_a_camera_files_are_left(tab_of: Callable[..., Tab], service: Service, setting: str) -> None:
    tab = tab_of(PHONE, *([NO_CAMERA] if setting == "absent" else []))
    tab.allow_camera(service.url, "denied")
    tab.go(service.page(service.session()))
    tab.click("Agree and start")
    tab.sees(DOCUMENT)
    if setting == "denied":
        tab.click("Open camera")
        until(lambda: "The camera is not allowed here" in tab.text, "a word about the camera")
        keep(tab, "session-camera-refused")
    else:
        assert "No camera was found" in tab.text
        assert "Open camera" not in tab.text
    assert "Choose a file" in tab.text


def test_offline_it_waits_and_goes_on(phone: Tab, service: Service, document: Path) -> None:
    phone.go(service.page(service.session()))
    phone.click("Agree and start")
    phone.sees(DOCUMENT)
    phone.choose(document)
    phone.sees(READABLE)
    phone.go_offline(True)
    phone.click("Use this picture")
    phone.sees("No connection")
    keep(phone, "session-offline")
    phone.go_offline(False)
    phone.sees(SELFIE)


def test_what_fails_on_our_side_is_tried_again(
    phone: Tab, service: Service, document: Path, selfie: Path
) -> None:
    session = service.session()
    service.fill(session, document=document, selfie=selfie)
    failed = session | {"slots": {"document": True, "selfie": True}, "failure": "check-expired"}
    phone.send("Fetch.enable", patterns=[{"urlPattern": "*/v1/sessions/*"}])
    phone.go(service.page(session))
    phone.answer_next(200, failed)
    phone.sees("That did not work")
    keep(phone, "session-failed")
    phone.click("Try again")
    phone.answer_next(429, {"code": "system-busy", "title": "Busy"}, retry_after_s=1)
    phone.sees("One moment")
    assert "Many people are being checked right now." in phone.text
    keep(phone, "session-busy")
    phone.answer_next(502, {})  # a gateway's; nobody clicked
    phone.sees("One moment")
    phone.send("Fetch.disable")
    phone.click("Try again")
    phone.sees("Checking your pictures")


def test_an_expired_session(phone: Tab, service: Service, document: Path) -> None:
    session = service.session()
    phone.go(service.page(session))
    phone.click("Agree and start")
    phone.sees(DOCUMENT)
    with sqlite3.connect(service.data / "results.sqlite") as database:
        database.execute("UPDATE sessions SET expires_at_s = 1 WHERE id = ?", (session["id"],))
    phone.send("Fetch.enable", patterns=[{"urlPattern": "*/document"}])
    phone.choose(document)
    phone.click("Use this picture")
    phone.sees("Sending your document")
    keep(phone, "session-sending")
    phone.let_next_pass()
    phone.sees("This link has expired")
    keep(phone, "session-expired")


@pytest.mark.parametrize("fragment", [f"#ekyc_session_{'0' * 32}_{'0' * 64}", "#token=cut-off", ""])
def test_a_token_that_opens_nothing(phone: Tab, service: Service, fragment: str) -> None:
    phone.go(f"{service.url}/session{fragment}")
    phone.sees("This link does not work")
    assert phone.run("location.hash") == ""
    if not fragment:
        keep(phone, "session-wrong-token")


def test_in_the_dark_and_by_the_keyboard(tab_of: Callable[..., Tab], service: Service) -> None:
    tab = tab_of(DESK)
    dark = {"name": "prefers-color-scheme", "value": "dark"}
    still = {"name": "prefers-reduced-motion", "value": "reduce"}
    tab.send("Emulation.setEmulatedMedia", features=[dark, still])
    tab.go(service.page(service.session()))
    tab.sees(INTRO)
    keep(tab, "session-desk-dark-mode")
    for kind in ("rawKeyDown", "keyUp"):
        tab.send("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
    assert tab.run("document.activeElement.textContent") == "Agree and start"
    tab.send("Input.dispatchKeyEvent", type="keyDown", key="Enter", text="\r", windowsVirtualKeyCode=13)
    tab.sees(DOCUMENT)
    assert tab.run("document.activeElement.tagName") == "H1"
    assert tab.run("document.getAnimations().length") == 0


def _shoot(tab: Tab, title: str, name: str) -> None:
    tab.click("Open camera")
    tab.sees(title)
    until(lambda: tab.run("document.querySelector('video').readyState") >= 2, "the camera's first picture")
    keep(tab, name)
    tab.click("Take picture")


def _file(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _turned(document: Path, path: Path) -> Path:
    """Lies on its side, as a phone stores it: upright by its EXIF alone, and larger than the API takes."""
    with Image.open(document) as page:
        large = page.resize((6400, 4073)).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    large.save(path, "JPEG", quality=85, exif=exif)
    return path


def _dark(selfie: Path, path: Path) -> Path:
    _dimmed(selfie).save(path, quality=92)
    return path


def _dimmed(selfie: Path) -> Image.Image:
    return ImageEnhance.Brightness(Image.open(selfie)).enhance(0.12)


def _stays_here(tab: Tab, service: Service) -> None:
    assert [url for url in tab.asked() if not url.startswith(f"{service.url}/")] == []
    assert tab.complaints() == []
