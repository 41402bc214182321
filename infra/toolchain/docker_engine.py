"""The Docker engine: found, or installed and started where this process may."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path

from infra.exclusive import exclusive
from infra.process import Detached
from infra.progress import Step, run_watched, step
from infra.toolchain import debian
from infra.toolchain.catalogue import Version, parse_version, show_version
from sre_cli.errors import EngineUnavailable
from sre_cli.specs.paths import state_dir

MINIMUM: Version = (20, 10)
PACKAGES = ("docker.io", "iptables")  # docker.io only recommends iptables, yet dockerd wants it
START_DEADLINE_S = 60
SYSTEMD = Path("/run/systemd/system")
PID_FILE = Path("/var/run/docker.pid")
SOCKET = Path("/var/run/docker.sock")
# `service` starts it with systemd and without.
START_COMMAND = "sudo service docker start"
JOIN_COMMAND = "sudo usermod -aG docker $USER && newgrp docker"
UPGRADE_COMMAND = f"sudo apt-get install --only-upgrade {PACKAGES[0]}"


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
    """The one command that gets an engine that answers and is new enough."""
    if os.environ.get("DOCKER_HOST"):
        return "docker context ls"
    if engine_version():
        return UPGRADE_COMMAND
    if SOCKET.exists() and not os.access(SOCKET, os.W_OK):
        return JOIN_COMMAND
    if debian.can_install():
        return "sre doctor --fix"
    return START_COMMAND if debian.which("dockerd") else debian.install_command(PACKAGES)


def ensure_engine() -> None:
    """Make sure that a Docker engine answers.

    Raises EngineUnavailable: when it cannot be installed or started here, or is too old, with what to
    type.
    """
    if version := engine_version():
        _check(version)
        return
    if os.environ.get("DOCKER_HOST") or os.geteuid() != 0:
        where = " at $DOCKER_HOST" if os.environ.get("DOCKER_HOST") else ""
        raise EngineUnavailable(f"no Docker engine answers{where}", hint=mend_command())
    _install()
    with step("start the Docker engine") as watch, exclusive(dockerd().record):
        _start(watch)
        _wait(watch)


def _check(version: Version) -> None:
    if version < MINIMUM:
        raise EngineUnavailable(
            f"the Docker engine is {show_version(version)}, {show_version(MINIMUM)} or newer is needed",
            hint=mend_command(),
        )


def _install() -> None:
    if not debian.which("dockerd"):
        debian.install(PACKAGES, "the Docker engine")
    if not debian.which("docker"):  # from Debian 13 on, the client is a package that docker.io recommends
        debian.install(["docker-cli"], "the Docker client")


def _start(watch: Step) -> None:
    if engine_version():  # the package's own script may have started it
        return
    if SYSTEMD.is_dir():
        run_watched(["systemctl", "start", "docker"], watch, hint="journalctl -u docker")
    elif not dockerd().pid():
        _forget_dead_daemon()
        dockerd().start([debian.which("dockerd") or "dockerd"], debian.environment())


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
                detail=None if SYSTEMD.is_dir() else dockerd().tail(),
                hint="journalctl -u docker" if SYSTEMD.is_dir() else f"less '{dockerd().log}'",
            )
        watch.tick("waiting for it to answer")
        watch.pause()
