"""The Fleet port on Nomad's and Consul's agents; orders go through Consul's key-value store."""

from __future__ import annotations

import json
import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from sre_cli.core.upgrade import Agent
from sre_cli.errors import EngineUnavailable

ORDER = "/v1/kv/sre/upgrade"
"""What every node of the cluster watches (`infra.node.sre_node.upgrade`)."""
TIMEOUT_S = 10
ALIVE = 1
"""Serf's word for a member that answers."""
Release = Callable[[str], Mapping[str, Any]]
"""Node -> `url` and `sha256` of what that node installs."""
Releases = Callable[[str, str], Release]
"""Engine and version -> its release; raises Refused when nodes cannot have it."""


class _Fleet(ABC):
    engine: str

    def __init__(self, nomad: httpx.Client, consul: httpx.Client, releases: Releases, *, mend: str):
        """`mend` is the command to type when an engine does not answer."""
        self._nomad = nomad
        self._consul = consul
        self._releases = releases
        self._mend = mend

    def agents(self) -> list[Agent]:
        """Every one that is known; none while nobody answers."""
        try:
            return [*self._servers(), *self._clients()]
        except (httpx.HTTPError, ValueError, KeyError):
            return []

    def check(self, version: str) -> None:
        """Raises Refused: when nodes cannot have that version."""
        self._releases(self.engine, version)

    def order(self, node: str, version: str) -> None:
        """Tell a node to run that version."""
        release = self._releases(self.engine, version)(node)
        order = {"engine": self.engine, "version": version, "node": node, **release}
        try:
            self._consul.put(ORDER, content=json.dumps(order)).raise_for_status()
        except httpx.HTTPError as error:
            raise EngineUnavailable(f"Consul does not take the order: {error}", hint=self._mend) from None

    def withdraw(self) -> None:
        """Nobody's turn any more."""
        try:
            self._consul.delete(ORDER).raise_for_status()
        except httpx.HTTPError as error:
            raise EngineUnavailable(f"Consul keeps the last order: {error}", hint=self._mend) from None

    def yield_leadership(self) -> None:
        """Have the leader hand over to another server."""
        try:
            self._transfer().raise_for_status()
        except httpx.HTTPError as error:
            raise EngineUnavailable(f"{self.engine}: the leader stays: {error}", hint=self._mend) from None

    @abstractmethod
    def _servers(self) -> list[Agent]: ...

    @abstractmethod
    def _clients(self) -> list[Agent]: ...

    @abstractmethod
    def _transfer(self) -> httpx.Response: ...


class NomadFleet(_Fleet):
    """Nomad's servers and clients."""

    engine = "nomad"

    def _servers(self) -> list[Agent]:
        return [_server(one) for one in _autopilot(self._nomad)]

    def _clients(self) -> list[Agent]:
        nodes = self._nomad.get("/v1/nodes").raise_for_status().json()
        return [_nomad_client(one) for one in nodes if one["Status"] != "down"]

    def _transfer(self) -> httpx.Response:
        raft = self._nomad.get("/v1/operator/raft/configuration").raise_for_status().json()["Servers"]
        follower = next(one for one in raft if not one["Leader"] and one["Voter"])
        return self._nomad.put("/v1/operator/raft/transfer-leadership", params={"id": follower["ID"]})


class ConsulFleet(_Fleet):
    """Consul's servers and clients."""

    engine = "consul"

    def _servers(self) -> list[Agent]:
        return [_server(one) for one in _autopilot(self._consul)]

    def _clients(self) -> list[Agent]:
        members = self._consul.get("/v1/agent/members").raise_for_status().json()
        return [
            Agent(one["Name"], False, one["Tags"]["build"].partition(":")[0], True)
            for one in members
            if one["Tags"].get("role") == "node" and one["Status"] == ALIVE
        ]

    def _transfer(self) -> httpx.Response:
        return self._consul.post("/v1/operator/raft/transfer-leader")


def connect(url: str, token_header: str, token: str, ca_file: Path) -> httpx.Client:
    """An engine's API. A proxy of the environment is for the web; an engine is reached directly."""
    trust = ssl.create_default_context(cafile=str(ca_file))
    return httpx.Client(
        base_url=url, headers={token_header: token}, verify=trust, timeout=TIMEOUT_S, trust_env=False
    )


def _autopilot(client: httpx.Client) -> list[dict[str, Any]]:
    answer = client.get("/v1/operator/autopilot/health")
    # The same answer with 429 when a server is not well.
    if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
        answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()["Servers"] or []
    return found


def _server(one: Mapping[str, Any]) -> Agent:
    # Nomad adds its region to the node's name.
    name = one["Name"].removesuffix(".global")
    is_well = bool(one["Healthy"] and one["Voter"])
    return Agent(name, True, one["Version"], is_well, is_leader=bool(one["Leader"]))


def _nomad_client(one: Mapping[str, Any]) -> Agent:
    is_well = one["Status"] == "ready" and one["SchedulingEligibility"] == "eligible"
    return Agent(one["Name"], False, one["Version"], is_well, pool=one["NodeClass"])


FLEETS: dict[str, type[_Fleet]] = {fleet.engine: fleet for fleet in (NomadFleet, ConsulFleet)}
