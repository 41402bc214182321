"""Detached processes that outlive the command, and are ended only when they are surely ours."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

LOG_LIMIT_BYTES = 20_000_000


@dataclass(frozen=True)
class Detached:
    """A daemon of one environment: its record in `folder/run`, its log in `folder/logs`."""

    name: str
    folder: Path

    @property
    def log(self) -> Path:
        """Where it writes."""
        return self.folder / "logs" / f"{self.name}.log"

    @property
    def record(self) -> Path:
        """Its process id and birth."""
        return self.folder / "run" / f"{self.name}.json"

    def pid(self) -> int | None:
        """The process, if it still runs: the same id with another birth is somebody else."""
        try:
            known = json.loads(self.record.read_text())
            pid, born = int(known["pid"]), known["birth"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return pid if born and birth(pid) == born else None

    def start(self, argv: Sequence[str | Path], env: Mapping[str, str]) -> int:
        """Start it in a session of its own and record it."""
        for path in (self.log, self.record):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _rotate(self.log)
        with self.log.open("ab") as log, _interrupt_later():
            process = subprocess.Popen(
                argv,
                env=env,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            known = {"pid": process.pid, "birth": birth(process.pid)}
            self.record.write_text(json.dumps(known) + "\n")
        # Popen would warn that its child still runs: that is the point.
        process.returncode = 0
        return process.pid

    def stop(self, grace_s: float = 30) -> bool:
        """End it, by force after `grace_s`; says whether it ran."""
        pid = self.pid()
        if pid:
            end(pid, grace_s)
        self.record.unlink(missing_ok=True)
        return pid is not None

    def tail(self, lines: int = 15) -> str:
        """The log's last lines."""
        with suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""


def birth(pid: int) -> str | None:
    """When `pid` was born, unique over reboots; None when it is gone or only awaits its parent."""
    try:
        # The command's name may hold spaces and brackets: fields are counted after the last one.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    return None if fields[0] == "Z" else f"{boot}/{fields[19]}"


def end(pid: int, grace_s: float) -> None:
    """SIGTERM, and SIGKILL when that is not heeded in time."""
    born = birth(pid)
    for sent, patience_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, 5.0)):
        if born is None or birth(pid) != born:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, sent)
        _wait_gone(pid, born, patience_s)


def _wait_gone(pid: int, born: str, patience_s: float) -> None:
    until = time.monotonic() + patience_s
    while birth(pid) == born and time.monotonic() < until:
        time.sleep(0.1)
    with suppress(ChildProcessError):  # a child of this very process stays a zombie until asked for
        os.waitpid(pid, os.WNOHANG)


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))


@contextmanager
def _interrupt_later() -> Iterator[None]:
    # Between birth and record, Ctrl-C would leave a process that no command knows.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pending: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        pending.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pending:
        raise KeyboardInterrupt
