"""What runs inside a node: systemd's units, asked and started through Docker."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import zip_longest

from infra.clouds.local.docker import attempt, docker
from infra.node.container import BUNDLE_PATH
from sre_cli.errors import EngineUnavailable

WELL_DEADLINE_S = 180
PAUSE_S = 1.0
# The last word of a server's or a client's health: Nomad's own, which needs no token.
HEALTH = """
import ssl, urllib.request as web
free = ssl._create_unverified_context()
web.urlopen("https://127.0.0.1:4646/v1/agent/health", context=free, timeout=3)
"""
LAST_ONE = 3
"""Ends SPARED: the servers would lose their majority."""
# Not healthy is 429, with the same answer. No answer at all: there is no majority to lose.
SPARED = f"""
import json, sys
from sre_node.api import Refusal, local_consul, local_nomad
from sre_node.facts import read_config
if read_config()["role"] == "server":
    told = json.load(open("{BUNDLE_PATH}"))
    for local, engine in ((local_nomad, "nomad"), (local_consul, "consul")):
        try:
            ask = local(told[f"{{engine}}_management_token"]).ask
            spare = ask("GET", "/v1/operator/autopilot/health")["FailureTolerance"]
        except Refusal as answer:
            if answer.code != 429:
                raise
            spare = 0
        if not spare:
            sys.exit({LAST_ONE})
"""


def stopped(name: str, units: Sequence[str]) -> list[str]:
    """Which of `units` do not run; those of a node that is booting count as running."""
    if not units:
        return []
    answer = attempt(["exec", name, "systemctl", "is-active", *units])
    states = answer.stdout.decode().split()
    down = [unit for unit, state in zip_longest(units, states) if state not in ("active", "activating")]
    return down if down and _is_booted(name) else []


def start(name: str, units: Sequence[str]) -> None:
    """Start those of `units` that do not run."""
    if down := stopped(name, units):
        docker("exec", name, "systemctl", "start", "--no-block", *down)


def read_again(name: str, reload: Sequence[str], units: Sequence[str]) -> None:
    """Have the container take live files that are new: by `reload`, run in it, else by a new start."""
    if not reload:
        docker("container", "restart", name)
    elif not units or _is_booted(name):  # a node that boots reads them by itself
        docker("exec", name, *reload)


def wait_spared(
    name: str,
    units: Sequence[str],
    pause: Callable[[float], None] = time.sleep,
    deadline_s: float = WELL_DEADLINE_S,
) -> None:
    """Until the other servers can do without this one; a client, or what is no node, is spared at once.

    Raises EngineUnavailable: when they cannot in time. Where there is no majority to lose, it goes on: this
    server may be what is wrong.
    """
    ask = ["exec", "--workdir", "/usr/local/lib/sre", name, "python3", "-c", SPARED]
    until = time.monotonic() + deadline_s
    while units and (code := attempt(ask).returncode) != 0:
        if time.monotonic() > until:
            if code != LAST_ONE:
                return
            raise EngineUnavailable(
                f"{name} is left as it was: without it the servers would lose their majority",
                hint="heal the others first: docker exec SERVER journalctl -u nomad -u consul -n 50",
            )
        pause(PAUSE_S)


def wait_well(
    name: str,
    units: Sequence[str],
    pause: Callable[[float], None] = time.sleep,
    deadline_s: float = WELL_DEADLINE_S,
) -> None:
    """Until the node serves, where it has units at all.

    Raises EngineUnavailable: when that takes too long, so that the next of its group is left alone.
    """
    until = time.monotonic() + deadline_s
    while units and attempt(["exec", name, "python3", "-c", HEALTH]).returncode != 0:
        if time.monotonic() > until:
            raise EngineUnavailable(
                f"{name} is not well {deadline_s:.0f} s after it was made anew; the others were left alone",
                hint=f"docker exec {name} journalctl -u cloud-final -u nomad -n 50",
            )
        pause(PAUSE_S)


def _is_booted(name: str) -> bool:
    answer = attempt(["exec", name, "test", "-e", "/run/cloud-init/result.json"])
    return answer.returncode == 0
