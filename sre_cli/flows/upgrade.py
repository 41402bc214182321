"""Rolls a newer Nomad or Consul through a cluster, one agent at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sre_cli.core.upgrade import Agent, parse_version, plan_upgrade, quorum_objections
from sre_cli.errors import DeployFailed, EngineUnavailable
from sre_cli.ports import Clock
from sre_cli.ports_state import Fleet

SERVER_S = 300.0
CLIENT_S = 1200.0
"""A client's jobs leave first, each by its own deadline."""
SETTLE_S = 20.0
PAUSE_S = 2.0
CALM_ROUNDS = 3
"""A server that comes back looks well before it has caught up; one that has just died still does."""


@dataclass(frozen=True)
class Upgraded:
    """What was done."""

    env: str
    engine: str
    version: str
    nodes: list[str]
    """In the order in which they were upgraded."""
    seconds: float


class Upgrade:
    """The flow. `servers` is how many the cluster has."""

    def __init__(self, env: str, fleet: Fleet, servers: int, clock: Clock, say: Callable[[str], None]):
        self._env = env
        self._fleet = fleet
        self._servers = servers
        self._clock = clock
        self._say = say

    def plan(self, version: str) -> list[Agent]:
        """Who would be upgraded, in order.

        Raises Refused: when it may not be done. EngineUnavailable: when nobody can be asked.
        """
        parse_version(version)  # before anybody is waited for
        agents = self._settled()
        if not agents:
            raise EngineUnavailable(
                f"{self._fleet.engine} of {self._env} does not answer", hint=f"sre infra up {self._env}"
            )
        agents = plan_upgrade(agents, version, self._servers)
        if agents:
            self._fleet.check(version)
        return agents

    def run(self, version: str) -> Upgraded:
        """Upgrade one after the other, each healthy before the next.

        Raises Refused: when it may not be done. DeployFailed: when one does not come back; the others are
        left alone, and another run goes on with it.
        """
        began = self._clock.monotonic()
        agents = self.plan(version)
        try:
            for index, agent in enumerate(agents):
                self._say(f"{index + 1} of {len(agents)}: {agent.node} from {agent.version} to {version}")
                self._upgrade(agent, version, agents[:index])
        except BaseException:
            with suppress(EngineUnavailable):  # what went wrong first is what counts
                self._fleet.withdraw()
            raise
        self._fleet.withdraw()
        nodes = [agent.node for agent in agents]
        seconds = round(self._clock.monotonic() - began, 1)
        return Upgraded(self._env, self._fleet.engine, version, nodes, seconds)

    def _settled(self) -> list[Agent]:
        """The agents, looked at until the servers stay well; or as they are when they do not."""
        until, calm = self._clock.monotonic() + SETTLE_S, 0
        while True:
            agents = self._fleet.agents()
            calm = 0 if quorum_objections(agents, self._servers) else calm + 1
            if calm == CALM_ROUNDS or self._clock.monotonic() > until:
                return agents
            self._clock.sleep(PAUSE_S)

    def _upgrade(self, agent: Agent, version: str, done: Sequence[Agent]) -> None:
        if agent.is_server:
            self._yield_leadership(agent, version, done)
        self._fleet.order(agent.node, version)
        self._wait(agent, version, done, lambda agents: _is_through(agents, agent.node, version))

    def _yield_leadership(self, agent: Agent, version: str, done: Sequence[Agent]) -> None:
        def leads(agents: Sequence[Agent]) -> bool:
            return any(one.node == agent.node and one.is_leader for one in agents)

        if leads(self._fleet.agents()):
            self._say(f"{agent.node} hands the leadership on")
            self._fleet.yield_leadership()
            self._wait(agent, version, done, lambda agents: not leads(agents))

    def _wait(
        self, agent: Agent, version: str, done: Sequence[Agent], is_over: Callable[[Sequence[Agent]], bool]
    ) -> None:
        until, calm = self._clock.monotonic() + (SERVER_S if agent.is_server else CLIENT_S), 0
        while calm < CALM_ROUNDS:
            agents = self._fleet.agents()
            objections = quorum_objections(agents, self._servers)
            calm = calm + 1 if not objections and is_over(agents) else 0
            if self._clock.monotonic() > until:
                raise self._failure(agent, version, done, objections)
            self._clock.sleep(PAUSE_S)

    def _failure(
        self, agent: Agent, version: str, done: Sequence[Agent], objections: Sequence[str]
    ) -> DeployFailed:
        through = ", ".join(one.node for one in done) or "none"
        return DeployFailed(
            f"{agent.node} does not come back with {self._fleet.engine} {version}; done before it: {through}",
            detail="\n".join(objections),
            hint=f"journalctl -u sre-upgrade -u {self._fleet.engine} on {agent.node}; then sre infra upgrade "
            f"{self._env} {self._fleet.engine} {version} goes on",
        )


def _is_through(agents: Sequence[Agent], node: str, version: str) -> bool:
    return any(
        one.node == node and one.is_well and parse_version(one.version) == parse_version(version)
        for one in agents
    )
