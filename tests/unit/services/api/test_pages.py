"""The pages' files: safe headers, no other host, words for every code that there is."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from services.api.pages import FOLDER, PAGES
from services.core.errors import BY_CODE, ServiceError
from services.core.quality import QualityReason
from services.core.verification_policy import MRZ_INVALID, ReasonCode
from services.models.face_liveness import Doubt
from tests.unit.services.tenancy import Front

FILES = sorted(FOLDER.iterdir())
NAMESPACE = "http://www.w3.org/2000/svg"
"""An SVG file's; nobody fetches it."""
OTHER_HOST = re.compile(r"""[a-z]+://|["'(=]\s*//""", re.IGNORECASE)
MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|style=")


@pytest.mark.parametrize("path", [*PAGES, "/static/session.js", "/static/look.css", "/static/mark.svg"])
async def test_what_a_browser_is_told_about_a_page(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'self';")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["permissions-policy"].startswith("camera=(self)")
    known = await client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    head = await client.head(path)
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    ["/static/", "/static/nothing.js", "/static/..%2fpages.py", "/static/../app.py", "/static/%2e%2e/app.py"],
)
async def test_nothing_else_is_served(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_pages_need_no_key_and_are_no_part_of_the_description(shop: Front) -> None:
    paths = (await shop.client.get("/openapi.json")).json()["paths"]
    assert not {*PAGES, "/static/{name}"} & paths.keys()
    for path in (*PAGES, "/static/session.js"):
        assert (await shop.client.get(path)).status_code == 200


async def test_the_documentation_has_the_whole_catalogue(client: httpx.AsyncClient) -> None:
    errors = (await client.get("/static/errors.json")).json()
    assert errors == (await client.get("/v1/errors")).json()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_file_names_another_host_or_writes_markup(file: Path) -> None:
    text = file.read_text().replace(NAMESPACE, "")
    assert OTHER_HOST.findall(text) == []
    assert MARKUP.findall(text) == []


def test_every_file_that_is_named_is_there() -> None:
    named = {
        name
        for file in FILES
        for name in re.findall(r"""["(/]([a-z_]+\.(?:js|css|svg|html))["')]""", file.read_text())
    }
    assert named >= {"look.css", "flow.js", "offline.svg"}
    assert named <= {file.name for file in FILES}


def test_there_are_words_for_every_code() -> None:
    """A new code fails here until words.js has it, in the words of a person at a camera."""
    codes = {*BY_CODE, ServiceError.code, MRZ_INVALID, *QualityReason, *Doubt}
    assert _keys("PICTURE") | _keys("TROUBLE") | _keys("ENDS") | _keys("PROGRAM") >= codes
    assert _keys("REASONS") == set(ReasonCode)


def _keys(table: str) -> set[str]:
    text = (FOLDER / "words.js").read_text()
    body = re.findall(rf"export const {table} = {{(.*?)\n}};", text, re.DOTALL)[0]
    return set(re.findall(r'^  "([a-z-]+)": ".+",$', body, re.MULTILINE))
