"""What a phone does with a session's token: upload, submit, wait. It is told nothing of the decision."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Unpack

import httpx

from .awaiting import AwaitingCaller
from .blocking import BlockingCaller
from .core import Terms
from .images import Image, read_image
from .session_answers import SessionState


class EkycSession(BlockingCaller):
    """A session, for code that blocks. Several threads may share one."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        http: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
        **terms: Unpack[Terms],
    ):
        """Raises ValueError: `base_url` is no address of HTTP, or `token` no token."""
        super().__init__(base_url, token, http=http, sleep=sleep, **terms)
        self.id = session_id(token)

    def upload(self, slot: str, image: Image) -> SessionState:
        """Put a picture into `document` or `selfie`. Raises EkycError; OSError: of the image."""
        return self._run(self._core.upload(self.id, slot, read_image(image)))

    def submit(self) -> SessionState:
        """Have the pictures verified; twice is once. Raises EkycError."""
        return self._run(self._core.submit(self.id))

    def state(self) -> SessionState:
        """Where it stands. Raises EkycError."""
        return self._run(self._core.session_state(self.id))

    def wait(self, timeout_s: float | None = None) -> SessionState:
        """Wait until it is no longer `processing`. Raises StillPending, any EkycError."""
        return self._run(self._core.processed(self.id, timeout_s))


class AsyncEkycSession(AwaitingCaller):
    """A session, for asyncio. Belongs to one event loop."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        http: httpx.AsyncClient | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        **terms: Unpack[Terms],
    ):
        """Raises ValueError: `base_url` is no address of HTTP, or `token` no token."""
        super().__init__(base_url, token, http=http, sleep=sleep, **terms)
        self.id = session_id(token)

    async def upload(self, slot: str, image: Image) -> SessionState:
        """Put a picture into `document` or `selfie`. Raises EkycError; OSError: of the image."""
        data = await asyncio.to_thread(read_image, image)
        return await self._run(self._core.upload(self.id, slot, data))

    async def submit(self) -> SessionState:
        """Have the pictures verified; twice is once. Raises EkycError."""
        return await self._run(self._core.submit(self.id))

    async def state(self) -> SessionState:
        """Where it stands. Raises EkycError."""
        return await self._run(self._core.session_state(self.id))

    async def wait(self, timeout_s: float | None = None) -> SessionState:
        """Wait until it is no longer `processing`. Raises StillPending, any EkycError."""
        return await self._run(self._core.processed(self.id, timeout_s))


def session_id(token: str) -> str:
    """The session that a token opens. Raises ValueError; the token is not shown."""
    found = re.fullmatch(r"ekyc_session_([0-9a-f]+)_[0-9a-f]+", token)
    if found is None:
        raise ValueError("token: one of a session, `ekyc_session_...`")
    return found[1]
