"""Runs one allocation's containers on its node: `docker compose up`, watched.

Nomad starts this file as a raw_exec task. It needs Python's standard library and Docker only.

run     brings the containers up, restarts one that dies without touching its brothers, fails
        when one keeps dying, and on SIGTERM stops them all and ends when the last has drained.
        Started again in the same allocation (it was killed, or Nomad was), it takes over the
        containers that still run.
        On SIGHUP it tells every container to read its files again.
sweep   stops what is left of the allocation; Nomad runs it after `run`, however that ended.
"""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any
from urllib.parse import quote

POLL_S = 1.0
PR_SET_PDEATHSIG = 1
GONE = (404, 409)
"""Docker's words for a container that is not there, or is being removed already."""
MPS_PIPES = "/tmp/nvidia-mps"  # noqa: S108 - where compose.yaml.j2 mounts it from
MAX_DEATHS = 4
"""A container that dies this often within the window fails the allocation."""
DEATH_WINDOW_S = 120.0

ALLOC_ID = os.environ.get("NOMAD_ALLOC_ID", "")
STOP_GRACE_S = int(os.environ.get("STOP_GRACE_S", "30"))
DOCKER_SOCKET = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")


def say(text: str) -> None:
    """One line of the allocation's log."""
    print(f"supervisor: {text}", flush=True)


class DockerDown(Exception):
    """The engine does not do what it is asked: it is restarting, gone, or speaks another dialect."""


class _SocketConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(DOCKER_SOCKET)


def docker(method: str, path: str, timeout_s: float = 10) -> Any:
    """One call of Docker's HTTP API; None where it answers nothing, or has not what is asked about.

    Without a version in the path the engine speaks its own: no single one is known to both Docker
    20.10 and Docker 29. Raises DockerDown: when the engine cannot be reached, fails or refuses.
    """
    connection = _SocketConnection("docker", timeout=timeout_s)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise DockerDown(str(error)) from None
    finally:
        connection.close()
    if response.status >= 400 and response.status not in GONE:
        raise DockerDown(body.decode(errors="replace").strip())
    return json.loads(body) if body and response.status == 200 else None


def containers() -> list[dict[str, Any]]:
    """Every container of this allocation, running or not."""
    filters = quote(json.dumps({"label": [f"sre.alloc={ALLOC_ID}"]}))
    return docker("GET", f"/containers/json?all=1&filters={filters}") or []


def replica_of(container: dict[str, Any]) -> str:
    """The compose service that the container is."""
    return str(container["Labels"].get("com.docker.compose.service", container["Id"][:12]))


def gpu_shortage() -> list[str]:
    """What the GPUs lack, of what the allocation needs: memory that others hold, or the GPUs themselves."""
    wanted = dict(one.split("=") for one in os.environ.get("GPU_MEMORY_MIB", "").split(",") if one)
    if not wanted:
        return []
    query = ["nvidia-smi", "--query-gpu=index,memory.free", "--format=csv,noheader,nounits"]
    try:
        shown = subprocess.run(query, capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        return [f"a driver that answers ({error})"]
    free = {index: int(mib) for index, mib in (line.split(", ") for line in shown.splitlines())}
    return [
        f"GPU {index}" if index not in free else f"{mib} MiB of GPU {index}, of which {free[index]} are free"
        for index, mib in wanted.items()
        if free.get(index, 0) < int(mib)
    ]


def start_mps() -> None:
    """NVIDIA's daemon that lets containers compute on a GPU at once; nothing where it runs already.

    As a unit of the node: it serves other allocations too, and must not end with this one.
    """
    os.makedirs(MPS_PIPES, mode=0o755, exist_ok=True)
    pipes = [f"--setenv={name}={MPS_PIPES}" for name in ("CUDA_MPS_PIPE_DIRECTORY", "CUDA_MPS_LOG_DIRECTORY")]
    unit = ["systemd-run", "--collect", "--unit=nvidia-mps", *pipes, "nvidia-cuda-mps-control", "-f"]
    try:
        started = subprocess.run(unit, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        say(f"NVIDIA's MPS daemon: {error}")
    else:
        # It says so too when the unit is there already.
        say(f"NVIDIA's MPS daemon: {started.stderr.strip() or 'started'}")


def empty_values() -> list[str]:
    """Variables of the containers' environment that Nomad could not fill yet."""
    try:
        with open(os.path.join(os.environ.get("NOMAD_SECRETS_DIR", ""), "node.env")) as file:
            return [line.strip()[:-1] for line in file if re.fullmatch(r"\w+=\s*", line)]
    except FileNotFoundError:
        return []


class Flapping(Exception):
    """A container keeps dying."""


class Supervisor:
    """The life of one allocation."""

    def __init__(self) -> None:
        self.stopping = False
        self.woken: SimpleQueue[None] = SimpleQueue()
        """Something to do before the next look. Not an Event: a signal that comes while its lock is held
        would wait for it for ever, in the handler."""
        self.reload = False
        self.lacking: list[str] = []
        self.compose: subprocess.Popen[bytes] | None = None
        self.deaths: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=MAX_DEATHS))
        self.seen: dict[str, str] = {}
        """When each container last ended, so that one death counts once."""
        self.up_at: float | None = time.monotonic()
        """When to run `docker compose up` (again); None while it need not."""

    def run(self) -> int:
        """Run until told to stop (0) or until a container keeps dying (1)."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._on_signal)
        signal.signal(signal.SIGHUP, self._on_reload)
        code = 0
        try:
            while not self.stopping:
                self._tick()
                with suppress(Empty):
                    self.woken.get(timeout=POLL_S)
            say("SIGTERM: draining")
        except Flapping as error:
            say(f"giving up: {error}")
            code = 1
        stop_all()
        self._end_compose()
        # Compose may have been in the middle of starting one more.
        say("every container has stopped" if stop_all() else "some containers are left to the sweep")
        return code

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True
        self.woken.put(None)

    def _on_reload(self, _number: int, _frame: FrameType | None) -> None:
        self.reload = True
        self.woken.put(None)

    def _tick(self) -> None:
        try:
            if self.up_at is not None and time.monotonic() >= self.up_at and self._may_start():
                self._compose_up()
            for container in containers():
                if container["State"] in ("exited", "dead"):
                    self._note_end(container)
            if self.reload:
                self._pass_reload_on()
        except DockerDown as error:
            say(f"Docker does not answer: {error}")
        if self.compose is not None and self.compose.poll() is not None:
            # It was killed, it failed, or every container has ended.
            say(f"docker compose ended with {self.compose.returncode}")
            self.compose = None
            self._count_death("docker compose")

    def _may_start(self) -> bool:
        """Whether Docker answers, every value from Consul is known, and GPUs have room: all take a while."""
        docker("GET", "/version")
        # Whoever starts one container again has the memory of the others in use already.
        lacking = empty_values() or ([] if containers() else gpu_shortage())
        if lacking and lacking != self.lacking:
            say(f"waiting for {', '.join(lacking)}")
        self.lacking = lacking
        return not lacking

    def _pass_reload_on(self) -> None:
        """A file of the job has changed: every container that runs is told so, and reads it anew."""
        self.reload = False
        try:
            for container in containers():
                if container["State"] == "running":
                    say(f"SIGHUP to {replica_of(container)}")
                    docker("POST", f"/containers/{container['Id']}/kill?signal=HUP")
        except DockerDown:
            self.reload = True
            raise

    def _compose_up(self) -> None:
        """Start what does not run, leave alone what does, and pass the logs of all on.

        A compose that is attached already is replaced: it would not show the log of a container
        that is started behind its back.
        """
        if self.compose is not None:
            self.compose.kill()
            self.compose.wait()
        self.up_at = None
        if os.environ.get("GPU_SHARING") == "mps":
            start_mps()
        file = f"{os.environ['NOMAD_ALLOC_DIR']}/compose.yaml"
        self.compose = subprocess.Popen(
            [*_compose_command(), "--file", file, "up", "--no-color", "--quiet-pull"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            # A session of its own: a signal to the task's group must not reach compose before us.
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - a single system call, no lock to inherit
        )

    def _note_end(self, container: dict[str, Any]) -> None:
        name = replica_of(container)
        details = docker("GET", f"/containers/{container['Id']}/json")
        finished = details["State"]["FinishedAt"] if details else ""
        if self.seen.get(name) == finished:
            return
        self.seen[name] = finished
        say(f"{name} ended: {container['Status']}")
        self._count_death(name)

    def _count_death(self, name: str) -> None:
        """Start it again after 0, 1, 3 ... seconds; raises Flapping when that makes no sense."""
        deaths, now = self.deaths[name], time.monotonic()
        deaths.append(now)
        if len(deaths) == MAX_DEATHS and now - deaths[0] < DEATH_WINDOW_S:
            raise Flapping(f"{name} ended {MAX_DEATHS} times within {DEATH_WINDOW_S:.0f} s")
        if self.up_at is None:
            self.up_at = now + 2 ** (len(deaths) - 1) - 1

    def _end_compose(self) -> None:
        """Compose ends by itself once its containers have; give it a moment to pass on the last lines."""
        if self.compose is None:
            return
        try:
            self.compose.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.compose.kill()
            self.compose.wait()


def stop_all() -> bool:
    """SIGTERM to every container at once, SIGKILL after the grace, and remove them; whether none is left."""
    deadline = time.monotonic() + STOP_GRACE_S + 10
    while time.monotonic() < deadline:
        try:
            left = containers()
            if not left:
                return True
            with ThreadPoolExecutor(len(left)) as pool:
                list(pool.map(_stop, left))
        except DockerDown as error:
            say(f"Docker does not answer: {error}")
            time.sleep(POLL_S)
    return False


def _stop(container: dict[str, Any]) -> None:
    identity = container["Id"]
    docker("POST", f"/containers/{identity}/stop?t={STOP_GRACE_S}", timeout_s=STOP_GRACE_S + 10)
    docker("DELETE", f"/containers/{identity}?force=1")


def _die_with_parent() -> None:
    """Runs in the child: a supervisor that is killed takes its compose along (prctl(2), Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _compose_command() -> list[str]:
    standalone = shutil.which("docker-compose")
    return [standalone] if standalone else ["docker", "compose"]


def main(arguments: list[str]) -> int:
    """Entry point: `supervisor.py run|sweep`."""
    if arguments == ["run"]:
        return Supervisor().run()
    if arguments == ["sweep"]:
        return 0 if stop_all() else 1
    say(f"unknown words {arguments}: run or sweep")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
