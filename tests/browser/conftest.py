"""One service with the real models and one browser for all tests of the pages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from services import probe
from tests.browser.chromium import Chromium, Json, require_chromium, running, until
from tests.browser.films import show
from tests.browser.tab import DESK, PHONE, Tab
from tests.faces import images_folder
from tests.unit.services.corpus import drawing
from tests.unit.services.passports import passport
from tests.unit.services.test_processes import CLEAN, free_port

START_S = 90


@dataclass(frozen=True)
class Service:
    """A running embedded service that asks for no keys."""

    url: str
    data: Path

    def session(self) -> Json:
        """A new one, as a business makes it."""
        made: Json = (
            httpx.post(f"{self.url}/v1/sessions", json={"reference": "browser"}).raise_for_status().json()
        )
        return made

    def fill(self, session: Json, **pictures: Path) -> None:
        """Upload pictures as another phone would."""
        for slot, file in pictures.items():
            url, headers = (
                f"{self.url}{session['uploads'][slot]}",
                {"Authorization": f"Bearer {session['token']}"},
            )
            httpx.put(url, headers=headers, content=file.read_bytes()).raise_for_status()

    def standing(self, session: Json) -> Any:
        """What the business reads."""
        return httpx.get(f"{self.url}/v1/sessions/{session['id']}").raise_for_status().json()

    def page(self, session: Json) -> str:
        """Where the business sends its customer."""
        return f"{self.url}/session#{session['token']}"


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    require_chromium()
    port, data = free_port(), tmp_path_factory.mktemp("data")
    env = CLEAN | {
        "PORT": str(port),
        "EKYC_DATA_DIR": str(data),
        "EKYC_DRAIN_WAIT_S": "0",
        "EKYC_THREADS": "1",
        # Slow machines shall show slow pages, not checks that came too late.
        "EKYC_TASK_TTL_S": "120",
    }
    command = [sys.executable, "-m", "services", "embedded"]
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL) as process:
        until(lambda: probe.ready("127.0.0.1", port), "the service is ready", START_S)
        yield Service(f"http://127.0.0.1:{port}", data)
        process.kill()


@pytest.fixture(scope="session")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The film that the camera shows."""
    film = tmp_path_factory.mktemp("camera") / "film.y4m"
    show(drawing((800, 600)), film)
    return film


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory, camera: Path) -> Iterator[Chromium]:
    with running(tmp_path_factory.mktemp("profile"), camera) as browser:
        yield browser


@pytest.fixture
def tab_of(browser: Chromium, service: Service) -> Iterator[Callable[..., Tab]]:
    """Opens tabs that may use the camera."""
    opened: list[Tab] = []

    def open_tab(metrics: Json, *scripts: str) -> Tab:
        tab = Tab.open(browser, metrics, *scripts)
        tab.allow_camera(service.url)
        opened.append(tab)
        return tab

    yield open_tab
    for tab in opened:
        tab.close()


@pytest.fixture
def phone(tab_of: Callable[..., Tab]) -> Tab:
    return tab_of(PHONE)


@pytest.fixture
def desk(tab_of: Callable[..., Tab]) -> Tab:
    return tab_of(DESK)


@pytest.fixture(scope="session")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A passport of the person on `selfie`."""
    file = tmp_path_factory.mktemp("pictures") / "passport.jpg"
    file.write_bytes(passport(images_folder() / "faces/obama.jpg", "750131"))
    return file


@pytest.fixture(scope="session")
def selfie() -> Path:
    return images_folder() / "faces/obama2.jpg"
