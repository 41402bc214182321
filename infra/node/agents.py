"""Consul and Nomad as detached processes of one node."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from infra.node.layout import Layout
from infra.node.listeners import check_free
from infra.node.remains import marker
from infra.process import Detached
from infra.progress import Step, step
from sre_cli.errors import EngineUnavailable

READY_DEADLINE_S = 90
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# No more than this of the operator's environment: Nomad hands its own to every task.
KEPT = ("HOME", "LANG", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT", "TZ")


class Agents:
    """The two agents of the node that `layout` describes."""

    def __init__(self, layout: Layout, tools: Mapping[str, Path]):
        self._layout = layout
        self._tools = tools

    def start(self, engine: str, is_ready: Callable[[], bool]) -> None:
        """Start `engine` unless it runs, and wait until it serves.

        Raises EngineUnavailable: when a port is taken, it dies, it is not ready in time, or it runs with
        another configuration than it would be started with now.
        """
        agent = agent_process(self._layout, engine)
        pid = agent.pid()
        if pid:
            self._check_current(engine)
        if pid and is_ready():
            with step(f"{engine} runs as process {pid}"):
                return
        with step(f"start {engine}") as watch:
            if not pid:
                self._launch(engine, agent)
            _wait(engine, agent, is_ready, watch)

    def _check_current(self, engine: str) -> None:
        layout = self._layout
        config = layout.config_file(engine)
        if config.exists() and config.read_text() != layout.render(engine):
            raise EngineUnavailable(
                f"{engine} of {layout.env} runs with an older configuration than this checkout's",
                hint=f"sre infra destroy {layout.env} && sre infra up {layout.env}",
            )

    def _launch(self, engine: str, agent: Detached) -> None:
        layout = self._layout
        check_free(layout.ports(engine), hint=f"set port_offset in stacks/clusters/{layout.env}.yaml")
        config = layout.config_file(engine)
        config.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        config.write_text(layout.render(engine))
        flag = "-config-file" if engine == "consul" else "-config"
        agent.start(
            [self._tools[engine], "agent", f"{flag}={config}"], agent_env(self._tools) | marker(layout.folder)
        )


def agent_process(layout: Layout, engine: str) -> Detached:
    """The record of one agent."""
    return Detached(engine, layout.folder)


def agent_env(tools: Mapping[str, Path]) -> dict[str, str]:
    """The environment that the agents, and through Nomad the tasks, start with.

    Built up rather than cut down: the shell's secrets, proxies and certificates stay out.
    """
    docker = shutil.which("docker")
    found = [Path(sys.executable).parent, *(path.parent for path in tools.values())]
    folders = dict.fromkeys(str(folder) for folder in [*found, *([Path(docker).parent] if docker else [])])
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {"HOME": "/root", "LANG": "C.UTF-8", **kept, "PATH": ":".join([*folders, SYSTEM_PATH])}


def _wait(engine: str, agent: Detached, is_ready: Callable[[], bool], watch: Step) -> None:
    hint = f"less {agent.log}"
    while not is_ready():
        if not agent.pid():
            raise EngineUnavailable(f"{engine} ended while starting", detail=agent.tail(), hint=hint)
        if watch.elapsed_s > READY_DEADLINE_S:
            raise EngineUnavailable(
                f"{engine} is not ready after {READY_DEADLINE_S} s", detail=agent.tail(), hint=hint
            )
        watch.tick("waiting for a leader")
        watch.pause()
