"""What agents leave behind: containers, task processes, mounts, volumes. Only ours, by label or path."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from infra.process import end

NOMAD_CHILDREN = {"executor", "logmon"}


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


def remove_volumes(env: str) -> None:
    """Remove the data of the jobs of `env`."""
    found = _docker("volume", "ls", "--quiet", *_of(env))
    if found:
        _docker("volume", "rm", "--force", *found)


def task_processes(allocations: Path) -> Iterator[int]:
    """Nomad's helpers and tasks of the allocations in that folder, told by what Nomad gave them."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            given = (process / "environ").read_bytes().split(b"\0")
            if _is_helper(words, allocations) or _is_task(given, allocations):
                yield int(process.name)


def end_tasks(allocations: Path, grace_s: float) -> None:
    """End what still runs of those allocations."""
    for pid in list(task_processes(allocations)):
        end(pid, grace_s)


def unmount(folder: Path) -> None:
    """Undo the mounts below `folder`, the deepest first."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted((path for path in mounts if path.startswith(f"{folder}/")), key=len, reverse=True):
        subprocess.run(["umount", mount], check=False, capture_output=True)


def _is_helper(words: list[bytes], allocations: Path) -> bool:
    return len(words) > 2 and words[1].decode() in NOMAD_CHILDREN and str(allocations).encode() in words[2]


def _is_task(given: list[bytes], allocations: Path) -> bool:
    return any(entry.startswith(f"NOMAD_ALLOC_DIR={allocations}/".encode()) for entry in given)


def _of(env: str) -> list[str]:
    return ["--filter", f"label=sre.env={env}"]


def _docker(*words: str) -> list[str]:
    # Without an engine there are no containers to end; whether it should run is not asked here.
    answer = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    return answer.stdout.split() if answer.returncode == 0 else []
