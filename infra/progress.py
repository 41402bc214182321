"""Work that takes minutes says what it does: a line that moves, or a line every 30 s in a log."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sre_cli.errors import EngineUnavailable

QUIET_S = 30.0
TAIL_LINES = 20
END_GRACE_S = 5.0
CLEAR = "\r\x1b[2K"
"""Empties the line that moves."""


class Step:
    """One piece of work: its title, its age, and the last thing it said."""

    def __init__(self, title: str):
        self._title = title
        self._began = self._spoke = time.monotonic()
        self._moves = sys.stderr.isatty()
        self._spinner = itertools.cycle("|/-\\")
        if not self._moves:
            self._write(f"... {title}\n")

    @property
    def elapsed_s(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self._began

    def tick(self, detail: str = "") -> None:
        """Show that the step is alive; call it as often as you like."""
        if self._moves:
            line = f"{next(self._spinner)} {self._title} {self.elapsed_s:.0f} s  {detail}"
            self._write(f"{CLEAR}{line[: os.get_terminal_size(sys.stderr.fileno()).columns - 1]}")
        elif time.monotonic() - self._spoke >= QUIET_S:
            self._spoke = time.monotonic()
            self._write(f"... {self._title}, {self.elapsed_s:.0f} s: {detail or 'still at it'}\n")

    def say(self, line: str) -> None:
        """Leave a line of its own above the one that moves."""
        self._write(f"{CLEAR if self._moves else ''}{line}\n")

    @staticmethod
    def pause() -> None:
        """Wait a moment before asking again."""
        time.sleep(0.2)

    def close(self, mark: str) -> None:
        """Leave one line about how the step ended."""
        self._write(f"{CLEAR if self._moves else ''}{mark} {self._title}")
        self._write(f" ({self.elapsed_s:.0f} s)\n" if self.elapsed_s >= 1 else "\n")

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Announce work, and say at its end whether it was done and how long it took."""
    running = Step(title)
    try:
        yield running
    except BaseException:
        running.close("failed:")
        raise
    running.close("ok")


def run_watched(
    argv: Sequence[str],
    watch: Step,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    hint: str | None = None,
    deadline_s: float = float("inf"),
) -> None:
    """Run a long command, its latest line shown beside `watch`.

    Raises EngineUnavailable: when it fails or takes too long, with its last lines. Ctrl-C ends all
    its children.
    """
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    with subprocess.Popen(
        argv,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        reader = threading.Thread(target=_collect, args=(process, tail), daemon=True)
        reader.start()
        try:
            _wait(process, watch, tail, time.monotonic() + deadline_s)
        except BaseException:
            _end_group(process)
            raise
        reader.join(timeout=5)
    if process.returncode:
        raise EngineUnavailable(
            f"`{' '.join(argv[:3])} ...` failed with exit code {process.returncode}",
            detail="\n".join(tail),
            hint=hint,
        )


def _end_group(process: subprocess.Popen[str]) -> None:
    # dpkg and debootstrap tidy up when they are asked to end; what does not heed it is killed.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=END_GRACE_S)
        os.killpg(process.pid, signal.SIGKILL)


def _collect(process: subprocess.Popen[str], tail: deque[str]) -> None:
    for line in process.stdout or ():
        if line.strip():
            tail.append(line.rstrip())


def _wait(process: subprocess.Popen[str], watch: Step, tail: deque[str], until: float) -> None:
    while True:
        try:
            process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            if time.monotonic() > until:
                raise EngineUnavailable("it took too long", detail="\n".join(tail)) from None
            watch.tick(tail[-1] if tail else "")
        else:
            return
