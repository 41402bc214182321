"""The Catalog port on Consul."""

from __future__ import annotations

from typing import Any

from sre_cli.adapters.consul_client import ConsulClient
from sre_cli.core.deployment import Check
from sre_cli.core.status import Machine


class ConsulCatalog:
    """Reads the health of services that Nomad registered."""

    def __init__(self, client: ConsulClient):
        self._client = client

    def checks(self, job: str) -> list[Check]:
        """How every container of the job fares."""
        entries = self._client.ask(lambda c: c.health.service(job))[1]
        return [_check(entry) for entry in entries if _is_ours(entry)]

    def machines(self) -> list[Machine]:
        """Every machine of the cluster, servers too, by name."""
        nodes = self._client.ask(lambda c: c.catalog.nodes())[1]
        critical = self._client.ask(lambda c: c.health.state("critical"))[1]
        silent = {check["Node"] for check in critical if check["CheckID"] == "serfHealth"}
        return sorted(
            (
                Machine(node["Node"], (node["Meta"] or {}).get("zone", ""), node["Node"] not in silent)
                for node in nodes
            ),
            key=lambda machine: machine.name,
        )


def _is_ours(entry: dict[str, Any]) -> bool:
    return str(entry["Service"]["ID"]).startswith("_nomad-task-")


def _check(entry: dict[str, Any]) -> Check:
    service = entry["Service"]
    probes = [check for check in entry["Checks"] if check["ServiceID"]]
    return Check(
        # _nomad-task-<allocation id, 36 characters>-group-...
        allocation_id=service["ID"].removeprefix("_nomad-task-")[:36],
        replica=next((tag for tag in service["Tags"] if tag.startswith("replica-")), service["ID"]),
        address=f"{service['Address']}:{service['Port']}",
        passing=all(check["Status"] == "passing" for check in probes),
        output="; ".join(" ".join(check["Output"].split()) for check in probes),
    )
