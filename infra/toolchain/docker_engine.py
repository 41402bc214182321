"""The Docker engine: found, or installed and started where this process may."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from infra.process import Detached
from infra.progress import Step, run_watched, step
from infra.toolchain import debian
from infra.toolchain.catalogue import Version, parse_version
from sre_cli.errors import EngineUnavailable
from sre_cli.specs.paths import state_dir

MINIMUM: Version = (20, 10)
PACKAGES = ("docker.io", "iptables")  # docker.io only recommends iptables, yet dockerd wants it
START_DEADLINE_S = 60
SYSTEMD = Path("/run/systemd/system")
PID_FILE = Path("/var/run/docker.pid")
START_COMMAND = "sudo systemctl start docker"


def dockerd() -> Detached:
    """The daemon as a process of ours, on a machine without systemd."""
    return Detached("dockerd", state_dir("_machine"))


def engine_version() -> Version | None:
    """What the engine says it is; None when none answers."""
    try:
        answer = subprocess.run(
            ["docker", "version", "--format", "{{.Server.Version}}"],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        return parse_version(answer.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def mend_command() -> str:
    """The one command that gets an engine that answers."""
    if debian.can_install():
        return "sre doctor --fix"
    return START_COMMAND if shutil.which("dockerd") else debian.install_command(PACKAGES)


def ensure_engine() -> None:
    """Make sure that a Docker engine answers.

    Raises EngineUnavailable: when it cannot be installed or started here, with what to type.
    """
    if engine_version():
        return
    if os.environ.get("DOCKER_HOST"):
        raise EngineUnavailable("no Docker engine answers at $DOCKER_HOST", hint="docker context ls")
    if os.geteuid() != 0:
        raise EngineUnavailable("no Docker engine answers", hint=mend_command())
    if not shutil.which("dockerd"):
        debian.install(PACKAGES, "the Docker engine")
    with step("start the Docker engine") as watch:
        _start(watch)
        _wait(watch)


def _start(watch: Step) -> None:
    if engine_version():  # the package's own script may have started it
        return
    if SYSTEMD.is_dir():
        run_watched(["systemctl", "start", "docker"], watch, hint="journalctl -u docker")
    elif not dockerd().pid():
        _forget_dead_daemon()
        dockerd().start(["dockerd"], dict(os.environ))


def _forget_dead_daemon() -> None:
    # A killed dockerd leaves its pid file, and the next refuses to start when another has that number.
    with suppress(OSError, ValueError):
        pid = int(PID_FILE.read_text())
        command = Path(f"/proc/{pid}/comm")
        if not command.exists() or command.read_text().strip() != "dockerd":
            PID_FILE.unlink()


def _wait(watch: Step) -> None:
    while not engine_version():
        if watch.elapsed_s > START_DEADLINE_S:
            raise EngineUnavailable(
                f"the Docker engine does not answer after {START_DEADLINE_S} s",
                detail=dockerd().tail(),
                hint=f"less {dockerd().log}",
            )
        watch.tick("waiting for it to answer")
        watch.pause()
