"""The Nodes port on Nomad."""

from __future__ import annotations

from typing import Any

from sre_cli.adapters.nomad_client import NomadClient
from sre_cli.adapters.nomad_shapes import NS_PER_S
from sre_cli.core.deployment import Placed
from sre_cli.errors import UsageError


class NomadNodes:
    """The machines of one Nomad region."""

    def __init__(self, client: NomadClient):
        self._nomad, self._ask = client.nomad, client.ask

    def placed(self, node: str) -> list[Placed]:
        """What runs there and has not ended, by job. Raises UsageError: there is no such machine."""
        node_id = self._id(node)
        found = self._ask(lambda: self._nomad.node.get_allocations(node_id))
        running = [one for one in found if one["ClientStatus"] in ("pending", "running")]
        return sorted((Placed(one["ID"], one["JobID"]) for one in running), key=lambda one: one.job)

    def drain(self, node: str, within_s: int) -> None:
        """Move away what runs there, one allocation of a job at a time; what is left then is stopped."""
        spec = {"Deadline": round(within_s * NS_PER_S), "IgnoreSystemJobs": False}
        node_id = self._id(node)
        self._ask(lambda: self._nomad.node.drain_node_with_spec(node_id, drain_spec=spec))

    def resume(self, node: str) -> None:
        """End its drain, and let jobs come again."""
        node_id = self._id(node)
        self._ask(lambda: self._nomad.node.drain_node_with_spec(node_id, drain_spec=None, mark_eligible=True))

    def replace(self, allocation_id: str) -> None:
        """Stop an allocation, so that a new one takes its place; nothing where it has ended."""
        self._ask(lambda: self._nomad.allocation.stop_allocation(allocation_id))

    def _id(self, name: str) -> str:
        """Of the newest that has that name: a machine that was made anew is there twice."""
        stubs: list[dict[str, Any]] = self._ask(self._nomad.nodes.get_nodes)
        named = [stub for stub in stubs if stub["Name"] == name]
        if not named:
            known = ", ".join(sorted({stub["Name"] for stub in stubs}))
            raise UsageError(f"no machine {name!r}", hint=f"machines that run jobs: {known}")
        return str(max(named, key=lambda stub: stub["CreateIndex"])["ID"])
