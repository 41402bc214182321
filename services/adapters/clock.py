"""The machine's own time."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    """Real seconds."""

    def now(self) -> float:
        """Unix seconds."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
        await asyncio.sleep(seconds)
