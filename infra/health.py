"""What a cluster still lacks to be healthy, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Ask = Callable[[str], Any]
"""Path of an HTTP API -> its answer, or None while there is none."""
Node = Mapping[str, Any]

ALIVE = 1
"""Serf's word for a member that answers."""


def missing(nomad: Ask, consul: Ask, servers: int, pools: Mapping[str, int]) -> list[str]:
    """One line a thing that is not there yet; nothing when `servers` and each pool's nodes are healthy."""
    return [
        *_missing_consul(consul, servers),
        *_missing_servers(nomad, servers),
        *_missing_nodes(nomad, pools),
    ]


def _missing_consul(consul: Ask, servers: int) -> list[str]:
    if not consul("/v1/status/leader"):
        return ["Consul has no leader"]
    members = consul("/v1/agent/members") or []
    alive = sum(one["Status"] == ALIVE and one["Tags"].get("role") == "consul" for one in members)
    return [] if alive >= servers else [f"Consul: {alive} of {servers} servers"]


def _missing_servers(nomad: Ask, servers: int) -> list[str]:
    if not nomad("/v1/status/leader"):
        return ["Nomad has no leader"]
    # 429 while one is unhealthy, so that the answer may be missing although there is a leader.
    health = nomad("/v1/operator/autopilot/health")
    if not health:
        return ["Nomad: not all servers are healthy"]
    healthy = [one["Name"] for one in health["Servers"] or [] if one["Healthy"]]
    return [] if len(healthy) >= servers else [f"Nomad: {len(healthy)} of {servers} servers healthy"]


def _missing_nodes(nomad: Ask, pools: Mapping[str, int]) -> list[str]:
    nodes: list[Node] = nomad("/v1/nodes") or []
    lines = []
    for pool, size in pools.items():
        present = [node for node in nodes if node["NodeClass"] == pool and node["Status"] != "down"]
        ready = [node for node in present if _takes_jobs(nomad, node["ID"])]
        if len(ready) < size:
            waiting = _names(node["Name"] for node in present if node not in ready)
            lines.append(f"pool {pool}: {len(ready)} of {size} nodes ready{waiting}")
    return lines


def _takes_jobs(nomad: Ask, identity: str) -> bool:
    node: Node = nomad(f"/v1/node/{identity}") or {}
    # Without Consul's version no job with a service of Consul's is placed there.
    driver = (node.get("Drivers") or {}).get("raw_exec") or {}
    knows_consul = "consul.version" in (node.get("Attributes") or {})
    is_open = node.get("SchedulingEligibility") == "eligible"
    is_known = node.get("Status") == "ready" and is_open and bool(driver.get("Healthy")) and knows_consul
    # Nomad calls a node ready until it has missed its heartbeats: the last question is for the node itself.
    return is_known and bool(nomad(f"/v1/client/stats?node_id={identity}"))


def _names(names: Iterable[str]) -> str:
    found = sorted(names)
    return f" (not yet: {', '.join(found)})" if found else ""
