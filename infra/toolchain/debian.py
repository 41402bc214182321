"""Debian packages, where this process may install them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

from infra.progress import run_watched, step
from sre_cli.errors import EngineUnavailable

SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"
"""Daemons and what dpkg runs: not on the PATH of a user, nor of one who became root with `su`."""
LOCK_PATIENCE_S = 300


def environment() -> dict[str, str]:
    """This process's environment, with the system's programs on PATH."""
    path = [os.environ.get("PATH"), SYSTEM_FOLDERS]
    return {**os.environ, "PATH": os.pathsep.join(filter(None, path))}


def which(program: str) -> str | None:
    """Where `program` is, the system's folders included."""
    return shutil.which(program, path=environment()["PATH"])


def can_install() -> bool:
    """Whether this is root on a machine with apt."""
    return os.geteuid() == 0 and which("apt-get") is not None


def install_command(packages: Sequence[str]) -> str:
    """The line a person types to get `packages`."""
    return f"sudo apt-get install -y --no-install-recommends {' '.join(packages)}"


def install(packages: Sequence[str], why: str) -> None:
    """Install Debian packages.

    Raises EngineUnavailable: when this is not root on Debian, with the command for one who is.
    """
    command = install_command(packages)
    if not can_install():
        raise EngineUnavailable(f"{why} needs {', '.join(packages)}", hint=command)
    env = {**environment(), "DEBIAN_FRONTEND": "noninteractive"}
    # A machine that has just booted may be upgrading itself.
    patience = f"DPkg::Lock::Timeout={LOCK_PATIENCE_S}"
    with step(f"install {', '.join(packages)} ({why})") as watch:
        run_watched(["apt-get", "update", "-q"], watch, env=env, hint="sudo apt-get update")
        apt = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "-o", patience]
        run_watched([*apt, *packages], watch, env=env, hint=command)
