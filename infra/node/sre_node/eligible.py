"""Lets a node take jobs again that drained itself to shut down, and came back. Nomad would not.

A node that a person drained, or made ineligible, stays so: its last drain is not its own.
"""

from __future__ import annotations

import time
from typing import Any

from .api import Api, Refusal, local_nomad
from .configure import read_bundle
from .facts import read_config

PAUSE_S = 5.0


def main() -> None:
    """Look for such nodes, again and again, on the server that leads."""
    bundle = read_bundle(read_config()["read_bundle"])
    nomad = local_nomad(bundle["nomad_management_token"])
    seen: set[str] = set()
    while True:
        try:
            seen = welcome(nomad, seen)
        except (Refusal, OSError, ValueError) as error:
            print(f"Nomad does not answer: {error}", flush=True)
        time.sleep(PAUSE_S)


def welcome(nomad: Api, seen: set[str]) -> set[str]:
    """Make every node eligible that is back and was `seen` at the last look; return the IDs of the others.

    Raises Refusal; raises OSError: when Nomad is away.
    """
    if nomad.ask("GET", "/v1/agent/self")["stats"]["nomad"]["leader"] != "true":
        return set()
    back = [node for node in nomad.ask("GET", "/v1/nodes") if has_returned(node) and answers(nomad, node)]
    for node in back:
        if node["ID"] in seen:
            body = {"NodeID": node["ID"], "Eligibility": "eligible"}
            nomad.ask("POST", f"/v1/node/{node['ID']}/eligibility", body)
            print(f"{node['Name']} is back from its shutdown: eligible", flush=True)
    return {node["ID"] for node in back} - seen


def answers(nomad: Api, node: dict[str, Any]) -> bool:
    """Whether its own agent does: Nomad calls a node that has gone ready until a heartbeat is missed."""
    try:
        nomad.ask("GET", f"/v1/client/stats?node_id={node['ID']}")
    except Refusal:
        return False
    return True


def has_returned(node: dict[str, Any]) -> bool:
    """Whether it is up, takes no jobs, and nobody but itself wanted that."""
    drain = node.get("LastDrain") or {}
    drained_itself = drain.get("AccessorID") == f"client:{node['ID']}" and drain.get("Status") == "complete"
    ready = node["Status"] == "ready" and not node["Drain"]
    return ready and drained_itself and node["SchedulingEligibility"] == "ineligible"


if __name__ == "__main__":
    main()
