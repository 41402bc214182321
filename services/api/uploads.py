"""Reads a multipart body, or one image, into memory, bounded while it streams; nothing touches the disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing, contextmanager

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from services.core.errors import (
    BodyMalformed,
    BodyTooLarge,
    ImageTooLarge,
    NotMultipart,
    Overloaded,
    PartMissing,
    PartUnexpected,
    UploadTooSlow,
)

OVERHEAD_BYTES = 64 * 1024
"""Boundaries and part headers."""


class Intake:
    """Bounds the bodies that this process holds at once."""

    def __init__(self, max_bytes: int) -> None:
        self._free_bytes = max_bytes

    @contextmanager
    def room_for(self, size_bytes: int) -> Iterator[None]:
        """Hold `size_bytes` while the body of the `with` runs. Raises Overloaded."""
        if size_bytes > self._free_bytes:
            raise Overloaded
        self._free_bytes -= size_bytes
        try:
            yield
        finally:
            self._free_bytes += size_bytes


def announced_bytes(request: Request, parts: Sequence[str], max_image_bytes: int) -> int:
    """How much memory the body may take.

    Raises BodyTooLarge: when Content-Length says more than all images may have together.
    """
    most = len(parts) * max_image_bytes + OVERHEAD_BYTES
    length = request.headers.get("content-length", "")
    announced = int(length) if length.isascii() and length.isdigit() else most
    if announced > most:
        raise BodyTooLarge(f"At most {most:,} bytes are read")
    return announced


async def read_images(
    request: Request, parts: Sequence[str], max_image_bytes: int, within_s: float
) -> dict[str, bytes]:
    """Read exactly `parts`, in their order.

    Raises NotMultipart, BodyMalformed, BodyTooLarge, UploadTooSlow, ImageTooLarge, PartMissing,
    PartUnexpected.
    """
    boundary = _boundary(request)
    try:
        with closing(_Form(boundary, parts, max_image_bytes)) as form:
            async with asyncio.timeout(within_s):
                await form.read(request.stream(), len(parts) * max_image_bytes + OVERHEAD_BYTES)
            return form.images()
    except TimeoutError:
        raise UploadTooSlow(f"It took longer than {within_s:g} s") from None
    except (FormParserError, ClientDisconnect) as error:
        raise BodyMalformed from error


async def read_image(request: Request, name: str, max_image_bytes: int, within_s: float) -> bytes:
    """Read a body that is one image. Raises ImageTooLarge, UploadTooSlow, BodyMalformed."""
    image = bytearray()
    try:
        async with asyncio.timeout(within_s):
            async for chunk in request.stream():
                if len(image) + len(chunk) > max_image_bytes:
                    raise ImageTooLarge(f"An image may have {max_image_bytes:,} bytes", image=name)
                image += chunk
    except TimeoutError:
        raise UploadTooSlow(f"It took longer than {within_s:g} s") from None
    except ClientDisconnect as error:
        raise BodyMalformed from error
    return bytes(image)


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data":
        raise NotMultipart
    if not options.get(b"boundary"):
        raise BodyMalformed("The content type names no boundary")
    return options[b"boundary"]


class _Form:
    """Collects what the parser finds."""

    def __init__(self, boundary: bytes, parts: Sequence[str], max_image_bytes: int):
        self._parts = parts
        self._max_image_bytes = max_image_bytes
        self._files: dict[str, bytearray] = {}
        self._open = bytearray()
        self._part = ""
        self._header = self._value = self._disposition = b""
        self._complete = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._name_part,
                "on_part_data": self._part_data,
                "on_end": self._end,
            },
        )

    async def read(self, stream: AsyncIterator[bytes], max_bytes: int) -> None:
        seen = 0
        async for chunk in stream:
            seen += len(chunk)
            if seen > max_bytes:
                raise BodyTooLarge(f"At most {max_bytes:,} bytes are read")
            self._parser.write(chunk)
        if not self._complete:
            raise BodyMalformed("The body ends before its last boundary")

    def close(self) -> None:
        """Let go of the images: this and its parser refer to each other, so it stays for a while."""
        self._files.clear()
        self._open = bytearray()

    def images(self) -> dict[str, bytes]:
        for part in self._parts:
            if part not in self._files:
                raise PartMissing(f"Send the image as part {part!r}", image=part)
        return {part: bytes(self._files.pop(part)) for part in self._parts}

    def _begin_part(self) -> None:
        self._header = self._value = self._disposition = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _name_part(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._part = options.get(b"name", b"").decode(errors="replace")
        if self._part not in self._parts:
            raise PartUnexpected(f"Send the parts {', '.join(self._parts)} and no other")
        if self._part in self._files:
            raise PartUnexpected(f"Part {self._part!r} came twice", image=self._part)
        self._open = self._files[self._part] = bytearray()

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if len(self._open) + end - start > self._max_image_bytes:
            raise ImageTooLarge(f"An image may have {self._max_image_bytes:,} bytes", image=self._part)
        self._open += data[start:end]

    def _end(self) -> None:
        self._complete = True
