"""What agents leave behind: containers, task processes, mounts, volumes. Only ours, told by a mark."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from infra.process import end
from sre_cli.errors import EngineUnavailable

MARKER = "SRE_CLUSTER_STATE"


def containers(env: str, *, running: bool = False) -> list[str]:
    """The containers labelled as belonging to `env`."""
    return _docker("ps", "--quiet", *([] if running else ["--all"]), *_of(env))


def stop_containers(env: str, grace_s: int) -> None:
    """Let the containers of `env` drain, then remove them."""
    living = containers(env, running=True)
    if living:
        _docker("stop", "--time", str(grace_s), *living)
    left = containers(env)
    if left:
        _docker("rm", "--force", "--volumes", *left)
    _check_gone(env, "containers", containers(env), "docker rm --force")


def remove_volumes(env: str) -> None:
    """Remove the data of the jobs of `env`."""
    found = _volumes(env)
    if found:
        _docker("volume", "rm", "--force", *found)
    _check_gone(env, "volumes", _volumes(env), "docker volume rm")


def marker(folder: Path) -> dict[str, str]:
    """What the agents' environment holds, and with it all that they start: whose they are."""
    return {MARKER: str(folder)}


def processes(folder: Path) -> Iterator[int]:
    """The agents, Nomad's helpers and the tasks of the cluster whose state is in `folder`."""
    mark = f"{MARKER}={folder}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (process / "environ").read_bytes().split(b"\0"):
                yield int(process.name)


def end_processes(folder: Path, grace_s: float) -> None:
    """End what still runs of that cluster."""
    # Looked at one by one: while one ends, the number of another may get a new owner.
    for pid in processes(folder):
        end(pid, grace_s)


def unmount(folder: Path) -> None:
    """Undo the mounts below `folder`, the deepest first."""
    mounts = mount_points(Path("/proc/mounts").read_text())
    for mount in sorted((path for path in mounts if path.startswith(f"{folder}/")), key=len, reverse=True):
        subprocess.run(["umount", mount], check=False, capture_output=True)


def mount_points(table: str) -> list[str]:
    """The folders of a table like /proc/mounts, which writes a space as `\\040`."""
    fields = [line.split()[1] for line in table.splitlines()]
    return [re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), field) for field in fields]


def _volumes(env: str) -> list[str]:
    return _docker("volume", "ls", "--quiet", *_of(env))


def _check_gone(env: str, what: str, left: list[str], command: str) -> None:
    if left:
        words = " ".join(left)
        raise EngineUnavailable(f"Docker keeps {what} of {env}: {words}", hint=f"{command} {words}")


def _of(env: str) -> list[str]:
    return ["--filter", f"label=sre.env={env}"]


def _docker(*words: str) -> list[str]:
    # Without an engine there are no containers to end; whether it should run is not asked here.
    try:
        answer = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    except OSError:
        return []
    return answer.stdout.split() if answer.returncode == 0 else []
