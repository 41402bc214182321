"""Waits for this node's turn to run a newer Nomad or Consul, and installs it.

`sre infra upgrade` says in Consul whose turn it is, and sees by the agents themselves how it went.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from .api import Api, Refusal, local_consul
from .configure import read_bundle
from .facts import read_node
from .releases import install

KEY = "sre/upgrade"
PAUSE_S = 5.0
WAIT = "8s"
"""Consul answers at once when the order changes, and after this long when it does not."""
PLACES = {"nomad": "/usr/local/bin/nomad", "consul": "/usr/local/bin/consul"}
Order = dict[str, Any]


def main() -> None:
    """Ask for orders, for ever."""
    node = read_node()
    consul = local_consul(read_bundle(node.config["read_bundle"])["consul_agent_token"])
    index = 0
    while True:
        try:
            order, index = next_order(consul, index)
            obey(order, node.name)
        except (Refusal, OSError, ValueError, subprocess.CalledProcessError) as error:
            # No order at all is a refusal too: Consul answers 404.
            if not (isinstance(error, Refusal) and error.code == 404):
                print(f"not yet: {error}", flush=True)
            index = 0
            time.sleep(PAUSE_S)


def next_order(consul: Api, index: int) -> tuple[Order, int]:
    """The order and its index, once that is not `index` any more or Consul has waited long enough."""
    [found] = consul.ask("GET", f"/v1/kv/{KEY}?index={index}&wait={WAIT}")
    return json.loads(base64.b64decode(found["Value"])), found["ModifyIndex"]


def obey(order: Order, name: str) -> None:
    """Install and start what the order says, if it is for this node and it does not run that yet.

    Raises ValueError, OSError: when the release cannot be had. CalledProcessError: when it does not start.
    """
    engine = order["engine"]
    if order["node"] != name or engine not in PLACES:
        return
    install(engine, {key: order[key] for key in ("version", "url", "sha256")} | {"place": PLACES[engine]})
    if runs_another(engine):
        print(f"{engine} {order['version']}: start it", flush=True)
        # A client drains itself before it stops; a server keeps its place in the quorum.
        subprocess.run(["systemctl", "restart", engine], check=True)


def runs_another(engine: str, proc: Path = Path("/proc")) -> bool:
    """Whether the agent that runs, if one does, was started from a file that has been replaced since."""
    words = ["systemctl", "show", "--property=MainPID", "--value", engine]
    pid = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    try:
        return os.readlink(proc / pid / "exe") != PLACES[engine]
    except FileNotFoundError:
        return True


if __name__ == "__main__":
    main()
