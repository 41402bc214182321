"""The Catalog port on Consul."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import consul

from sre_cli.adapters.causes import distrust, plain_cause
from sre_cli.core.deployment import Check
from sre_cli.core.status import Machine
from sre_cli.errors import EngineUnavailable


class ConsulCatalog:
    """Reads the health of services that Nomad registered."""

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        mend: str,
        ca_file: Path | None = None,
        timeout_s: int = 5,
    ):
        """`ca_file` signs what an https URL shows; `mend` is the command to type when Consul is silent."""
        parts = urlsplit(url)
        self._url = url
        self._mend = mend
        self._consul = consul.Consul(
            host=parts.hostname,
            port=parts.port,
            scheme=parts.scheme,
            token=token,
            verify=str(ca_file) if ca_file else True,
            connections_timeout=timeout_s,
        )
        # A proxy of the environment is for the web; an engine is reached directly.
        self._consul.http.session.trust_env = False

    def checks(self, job: str) -> list[Check]:
        """How every container of the job fares."""
        entries = self._ask(lambda: self._consul.health.service(job))
        return [_check(entry) for entry in entries if _is_ours(entry)]

    def machines(self) -> list[Machine]:
        """Every machine of the cluster, servers too, by name."""
        nodes = self._ask(self._consul.catalog.nodes)
        silent = {check["Node"] for check in self._ask(lambda: self._consul.health.state("critical"))
                  if check["CheckID"] == "serfHealth"}  # fmt: skip
        return sorted(
            (
                Machine(node["Node"], (node["Meta"] or {}).get("zone", ""), node["Node"] not in silent)
                for node in nodes
            ),
            key=lambda machine: machine.name,
        )

    def _ask(self, question: Callable[[], tuple[Any, list[dict[str, Any]]]]) -> list[dict[str, Any]]:
        try:
            return question()[1]
        except consul.ACLPermissionDenied as error:
            message, hint = f"refuses this token: {error}", f"{self._mend}, or set CONSUL_HTTP_TOKEN"
        except (OSError, consul.ConsulException) as error:
            cause = distrust(error)
            message = f"is not trusted: {cause}" if cause else f"does not answer: {plain_cause(error)}"
            hint = self._mend
        raise EngineUnavailable(f"Consul at {self._url} {message}", hint=hint)


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
