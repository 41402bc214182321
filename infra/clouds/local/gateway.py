"""The gateway's load balancer: HAProxy at the cluster's edge. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from infra.clouds.local.plan import PUBLISHED, REGISTRY_NAME, Place, Plan

CONFIG = "/etc/haproxy/haproxy.cfg"
CHECK = ("haproxy", "-c", "-f", "/dev/stdin")
"""Refuses a configuration that HAProxy could not run with."""
STATE, STATS_PORT = "/var/lib/haproxy/state", 8404
HEAD = f"""global
  maxconn 4096
  stats socket 127.0.0.1:{STATS_PORT} level user
  server-state-file {STATE}
  hard-stop-after 10m
defaults
  load-server-state-from-file global
  mode tcp
  balance roundrobin
  option redispatch 1
  retries 3
  timeout connect 1s
  timeout client 10m
  timeout server 10m
  timeout check 2s
  default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
"""
DOWN = "- 0 0 1 1 0 1 0 0 6 0 0 0 - 0 - 0 0 - - 0"
"""In HAProxy's state file, version 1: what follows the name of a server that is down."""
# Of two lines about a server HAProxy takes the first. One that it knows nothing of would count as up until
# its first check has failed, and get callers; of those that a pool may grow to, most are not there.
RELOAD = (
    "bash",
    "-c",
    f"""
{{ {{ echo show servers state >&3; cat <&3; }} 3<>/dev/tcp/127.0.0.1/{STATS_PORT}
  awk '$1 == "listen" {{ door = $2 }} $1 == "server" {{ print 0, door, 0, $2, "{DOWN}" }}' {CONFIG}
}} >{STATE}
kill -USR2 1
""",
)
"""Has HAProxy take its configuration anew, by workers that know from the old ones who is up.

The doors stay open; old connections stay with the old workers, until `hard-stop-after` at the latest.
"""
ASK = {
    "nomad": ("/v1/agent/health?type=server", True),
    "consul": ("/v1/status/leader", True),
    "prometheus": ("/-/ready", False),
    "alertmanager": ("/-/ready", False),
}
"""What a server is asked to show that it serves, and whether over TLS; the others need only accept."""
BEHIND = {"api": "edge", "prometheus": "monitoring", "alertmanager": "monitoring"}
"""The role of the nodes behind each door."""


def gateway_config(plan: Plan) -> str:
    """HAProxy's configuration: each published door leads to the nodes that may serve behind it.

    Nodes that a pool may still grow to stand there too; their checks tell whether they are.
    """
    servers = plan.servers()
    doors = [_door("nomad", servers), _door("consul", servers)]
    doors += [_door(name, _nodes_with(plan, role)) for name, role in BEHIND.items()]
    registry = f"  server registry {plan.registry_address}:{PUBLISHED['registry']} check\n"
    return "\n".join([HEAD, *doors, f"listen {REGISTRY_NAME}\n  bind :{PUBLISHED['registry']}\n{registry}"])


def _nodes_with(plan: Plan, role: str) -> list[Place]:
    return [
        place for name, pool in plan.spec.pools.items() if role in pool.roles for place in plan.nodes(name)
    ]


def _door(name: str, places: Iterable[Place]) -> str:
    port = PUBLISHED[name]
    path, is_tls = ASK.get(name, (None, False))
    check = " check check-ssl verify none" if is_tls else " check"
    lines = [f"listen {name}", f"  bind :{port}", *([f"  option httpchk GET {path}"] if path else [])]
    lines += [f"  server {place.name} {place.address}:{port}{check}" for place in places]
    return "\n".join(lines) + "\n"
