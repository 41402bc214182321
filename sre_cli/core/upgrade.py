"""Which agents to upgrade, in which order, and whether that may be done at all. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sre_cli.errors import Refused, UsageError

Version = tuple[int, int, int]


@dataclass(frozen=True)
class Agent:
    """One agent of Nomad or Consul."""

    node: str
    is_server: bool
    version: str
    is_well: bool
    """A server that is healthy and votes; a client that takes jobs."""
    is_leader: bool = False
    pool: str = ""


def parse_version(text: str) -> Version:
    """`1.10.0`, also with what a build adds. Raises UsageError: when it is no version."""
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)(?![\d.])", text)
    if not found:
        raise UsageError(f"{text!r} is no version", hint="three numbers: 1.10.1")
    return int(found[1]), int(found[2]), int(found[3])


def plan_upgrade(agents: Sequence[Agent], target: str, servers: int) -> list[Agent]:
    """Who is upgraded, in order: servers with the leader last, then clients pool by pool.

    Agents that run `target` already are left out, so that a plan goes on where another one stopped.
    Raises Refused: when a server is missing or unwell, or the step from what runs is not supported.
    """
    wanted = parse_version(target)
    objections = [*quorum_objections(agents, servers), *_step_objections(agents, wanted)]
    if objections:
        more = "\n".join(objections) if len(objections) > 1 else None
        raise Refused(f"no upgrade to {target}: {objections[0]}", detail=more)
    behind = [agent for agent in agents if parse_version(agent.version) != wanted]
    return sorted(behind, key=lambda one: (not one.is_server, one.is_leader, one.pool, one.node))


def quorum_objections(agents: Sequence[Agent], servers: int) -> list[str]:
    """Why one server may not be taken away for a moment."""
    found = [agent for agent in agents if agent.is_server]
    unwell = [agent.node for agent in found if not agent.is_well]
    return [
        *([f"{len(found)} of {servers} servers are there"] if len(found) < servers else []),
        *([f"not healthy: {', '.join(sorted(unwell))}"] if unwell else []),
        *([] if any(agent.is_leader for agent in found) else ["the servers have no leader"]),
    ]


def _step_objections(agents: Sequence[Agent], wanted: Version) -> list[str]:
    found = []
    for version in sorted({agent.version for agent in agents}):
        now = parse_version(version)
        if now > wanted:
            found.append(f"{version} runs already, and neither Nomad nor Consul goes back")
        elif now[0] != wanted[0] or wanted[1] - now[1] > 1:
            found.append(f"from {version} go by {now[0]}.{now[1] + 1} first: one minor version at a time")
    return found
