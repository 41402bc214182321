"""Pulumi's command line, run so that an interrupt ends it in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pulumi import automation
from pulumi.automation.errors import create_command_error

Line = Callable[[str], object]


class Cli(automation.PulumiCommand):
    """`pulumi` in a process group of its own: a terminal's Ctrl-C reaches it only through us."""

    def __init__(self, root: Path):
        super().__init__(root=str(root))
        self.on_wait: Callable[[], None] = lambda: None
        """Called several times a second while a command runs."""

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Line | None = None,
        on_error: Line | None = None,
    ) -> automation.CommandResult:
        """Run one command.

        Raises CommandError: when it fails. KeyboardInterrupt: once what was under way has ended.
        """
        argv = [self.command, "--non-interactive", *args]
        env = {**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"}
        with subprocess.Popen(
            argv,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        ) as process:
            out, err = _reader(process.stdout, on_output), _reader(process.stderr, on_error)
            with _terminated_like_interrupted():
                self._wait(process)
            result = automation.CommandResult(out(), err(), process.returncode)
        if process.returncode:
            raise create_command_error(result)
        return result

    def _wait(self, process: subprocess.Popen[str]) -> None:
        try:
            self._until_ended(process)
        except KeyboardInterrupt:
            _say("interrupted: what is under way ends first; once more to cut it short")
            _end_in_order(process, self._until_ended)
            raise

    def _until_ended(self, process: subprocess.Popen[str]) -> None:
        while True:
            try:
                process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                self.on_wait()
            else:
                return


def _end_in_order(process: subprocess.Popen[str], wait: Callable[[subprocess.Popen[str]], None]) -> None:
    try:
        # Only Pulumi itself: the hosts of its resources finish what they began.
        process.send_signal(signal.SIGINT)
        wait(process)
    except KeyboardInterrupt:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _reader(stream: IO[str] | None, each: Line | None) -> Callable[[], str]:
    lines: list[str] = []

    def read() -> None:
        for line in stream or ():
            lines.append(line.rstrip())
            if each:
                each(lines[-1])

    thread = threading.Thread(target=read, daemon=True)
    thread.start()

    def text() -> str:
        # A host of resources that outlives Pulumi would keep the pipe open.
        thread.join(timeout=5)
        return "\n".join(lines)

    return text


def _say(line: str) -> None:
    sys.stderr.write(f"\r\x1b[2K{line}\n" if sys.stderr.isatty() else f"{line}\n")
    sys.stderr.flush()
