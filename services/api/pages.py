"""The pages that a browser opens: a session's, its trial, the documentation. Nothing comes from another host.

The pages know no secret: a session's token is in the fragment of the address, which no browser sends.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request, Response

from services.api.account import error_entries
from services.core.errors import NotFound

FOLDER = Path(__file__).with_name("static")
PAGES = {"/session": "session.html", "/try": "session.html", "/docs": "docs.html"}
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
HEADERS = {
    "Cache-Control": "no-cache",  # asked for again each time: after a deploy no page mixes two versions
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none';"
        " require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True)
class Asset:
    """A file as it is sent."""

    data: bytes
    kind: str

    @cached_property
    def headers(self) -> dict[str, str]:
        """Of every answer about it."""
        return HEADERS | {"ETag": f'"{sha256(self.data).hexdigest()[:32]}"'}

    def answer(self, request: Request) -> Response:
        """It, or 304 to a browser that has it."""
        headers = self.headers
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(self.data, headers=headers, media_type=self.kind)


def routes() -> APIRouter:
    """The pages, and /static for what they load."""
    router, assets = APIRouter(), _assets()
    for path, name in PAGES.items():
        _add_page(router, path, assets[name])

    @router.api_route("/static/{name}", methods=["GET", "HEAD"], include_in_schema=False)
    async def static(request: Request, name: str) -> Response:
        if name not in assets:
            raise NotFound
        return assets[name].answer(request)

    return router


def _add_page(router: APIRouter, path: str, asset: Asset) -> None:
    @router.api_route(path, methods=["GET", "HEAD"], include_in_schema=False)
    async def page(request: Request) -> Response:
        return asset.answer(request)


def _assets() -> dict[str, Asset]:
    """All of them by name; they are small, and nothing a caller sends becomes a path."""
    files = {file.name: Asset(file.read_bytes(), KINDS[file.suffix]) for file in FOLDER.iterdir()}
    catalogue = json.dumps([entry.model_dump() for entry in error_entries()]).encode()
    return files | {"errors.json": Asset(catalogue, KINDS[".json"])}
