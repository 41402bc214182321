"""Processes that this one starts and never leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

TERM_GRACE_S = 10


@contextmanager
def child(
    argv: list[str], env: Mapping[str, str], log: Path, words: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `argv` with its output in `log`; however the block ends, the process group ends with it.

    With a file of `words` as its input, its output is the process's `stdout` and `log` has its errors alone.
    A session of its own keeps the terminal's Ctrl-C from the child, so that it is stopped once,
    in order, by this process.
    """
    with log.open("wb") as output, (words or Path(os.devnull)).open("rb") as source:
        process = subprocess.Popen(
            argv,
            env=env,
            stdout=subprocess.PIPE if words else output,
            stderr=output,
            stdin=source,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _stop(process)
        if process.stdout:
            process.stdout.close()


def environment_without(prefix: str) -> dict[str, str]:
    """This process's environment less the settings that were meant for another service."""
    return {name: value for name, value in os.environ.items() if not name.startswith(prefix)}


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask to stop, then insist; a second Ctrl-C insists at once."""
    try:
        _signal(process, signal.SIGTERM)
        process.wait(TERM_GRACE_S)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        pass
    finally:
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
