"""Who listens on a port of this machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from infra.clouds.local.docker import docker
from sre_cli.errors import EngineUnavailable

LISTENING = "0A"


def check_free(ports: Mapping[str, int], hint: str) -> None:
    """Raises EngineUnavailable: naming every port of `ports` that is taken, and by whom."""
    sockets = listening()
    taken = {name: port for name, port in ports.items() if port in sockets}
    if taken:
        lines = [
            f"port {port} ({name}) is in use by {_container(port) or _process(sockets[port])}"
            for name, port in taken.items()
        ]
        raise EngineUnavailable("; ".join(lines), hint=hint)


def listening() -> dict[int, str]:
    """Every TCP port that is listened on, with its socket's inode."""
    rows = [line.split() for table in ("tcp", "tcp6") for line in _lines(Path("/proc/net") / table)]
    return {int(row[1].rpartition(":")[2], 16): row[9] for row in rows if row[3] == LISTENING}


def _lines(table: Path) -> Iterable[str]:
    with suppress(FileNotFoundError):  # a kernel without IPv6
        return table.read_text().splitlines()[1:]
    return []


def _container(port: int) -> str:
    # Docker's proxy listens in its name.
    names = docker("ps", "--filter", f"publish={port}", "--format", "{{.Names}}").split()
    return f"the container {names[0]}" if names else ""


def _process(inode: str) -> str:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(str(fd.readlink()) == f"socket:[{inode}]" for fd in (process / "fd").iterdir()):
                words = (process / "cmdline").read_text().replace("\0", " ").strip()
                return f"process {process.name}: {words[:80]}"
    return "a process of another user"
