"""A candidate in a process of its own, so that nothing that it does can reach the worker."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from services.core.images import Limits
from services.core.shadow import Seen
from services.models import Images

MOST_ANSWER_BYTES = 4 * 1024 * 1024


class CandidateFailed(Exception):
    """It ended, or said what is no answer."""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    result: dict[str, object] | None = None
    refusal: str | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.result is None) == (self.refusal is None):
            raise ValueError("one of the two")
        return self


class Understudy:
    """The process is started when it is first asked, and anew after every failure."""

    def __init__(self, module: str, check: str, limits: Limits):
        bounds = str(limits.max_bytes), str(limits.max_pixels)
        self._command = (sys.executable, "-m", "services.candidate", module, check, *bounds)
        self._process: Process | None = None

    async def ask(self, images: Images) -> Seen:
        """What it makes of a task; may take for ever. One at a time. Raises CandidateFailed."""
        try:
            self._process = self._process or await self._start()
            return await _answer(self._process, images)
        except (OSError, ValueError) as error:
            await self.close()
            raise CandidateFailed(type(error).__name__) from None
        except BaseException:  # given up: what it says later would be taken for the answer to another task
            await self.close()
            raise

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            assert process.stdin  # noqa: S101  # a pipe
            process.stdin.close()
            await process.wait()

    async def _start(self) -> Process:
        # Without the worker's settings: they hold its passwords and the sealing keys.
        env = {name: value for name, value in os.environ.items() if not name.startswith("EKYC_")}
        return await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, env=env, limit=MOST_ANSWER_BYTES
        )


async def _answer(process: Process, images: Images) -> Seen:
    assert process.stdin  # noqa: S101  # a pipe
    assert process.stdout  # noqa: S101  # a pipe
    sizes = {part: len(data) for part, data in images.items()}
    process.stdin.writelines([json.dumps(sizes).encode(), b"\n", *images.values()])
    await process.stdin.drain()
    answer = _Answer.model_validate_json(await process.stdout.readline())
    return Seen(answer.result, answer.refusal)
