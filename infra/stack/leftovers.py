"""What a killed run leaves: a lock that nobody holds, and operations that nobody ended."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pulumi import automation

from infra.progress import step
from sre_cli.errors import EngineUnavailable

ORPHAN_DEADLINE_S = 600


def free_lock(stack: automation.Stack, state_folder: Path) -> None:
    """Wait for a Pulumi that outlived its command, then take its lock away.

    Only while no other run of ours works on the environment. Raises EngineUnavailable: when that Pulumi
    does not end.
    """
    locks = list((state_folder / ".pulumi" / "locks").rglob(f"{stack.name}/*.json"))
    if not locks:
        return
    for pid in filter(_is_pulumi, map(_holder, locks)):
        _wait_for(pid)
    if any(lock.exists() for lock in locks):
        with step("a run was killed: its lock is taken away"):
            stack.cancel()


def end_pending(stack: automation.Stack) -> None:
    """Forget what was begun and never ended; what exists of it is found, or made again, by the next steps."""
    names = [name for _, name in pending(stack)]
    if names:
        with step(f"a run was killed while it worked on {', '.join(names)}: look at what is there"):
            stack.refresh(clear_pending_creates=True, color="never", suppress_progress=True)


def pending(stack: automation.Stack) -> list[tuple[str, str]]:
    """Operations that the state holds as begun: (what, resource)."""
    workspace = stack.workspace
    text = workspace.pulumi_command.run(
        ["stack", "export", "--stack", stack.name], workspace.work_dir, workspace.env_vars
    ).stdout
    state: dict[str, Any] = json.loads(text).get("deployment") or {}
    return [
        (one["type"], one["resource"]["urn"].rpartition("::")[2])
        for one in state.get("pending_operations") or []
    ]


def _holder(lock: Path) -> int:
    try:
        return int(json.loads(lock.read_text())["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _is_pulumi(pid: int) -> bool:
    try:
        return pid > 0 and b"pulumi" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _wait_for(pid: int) -> None:
    with step(f"an earlier run's Pulumi (process {pid}) still ends what it began: wait for it") as watch:
        for _ in _while_alive(pid):
            if watch.elapsed_s > ORPHAN_DEADLINE_S:
                raise EngineUnavailable(f"process {pid} does not end", hint=f"kill {pid}")
            watch.tick()


def _while_alive(pid: int) -> Iterator[None]:
    while _is_pulumi(pid) and os.getpid() != pid:
        yield
        time.sleep(0.2)
