"""The Catalog port on Consul."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import consul
import requests

from sre_cli.adapters.causes import plain_cause
from sre_cli.core.deployment import Check
from sre_cli.errors import EngineUnavailable


class ConsulCatalog:
    """Reads the health of services that Nomad registered."""

    def __init__(self, url: str, *, mend: str, timeout_s: int = 5):
        """`mend` is the command to type when Consul does not answer."""
        parts = urlsplit(url)
        self._url = url
        self._mend = mend
        self._consul = consul.Consul(
            host=parts.hostname,
            port=parts.port,
            scheme=parts.scheme,
            token=None,
            verify=True,
            connections_timeout=timeout_s,
        )
        # A proxy of the environment is for the web; an engine is reached directly.
        self._consul.http.session.trust_env = False

    def checks(self, job: str) -> list[Check]:
        """How every container of the job fares."""
        try:
            _, entries = self._consul.health.service(job)
        except (requests.RequestException, consul.ConsulException) as error:
            message = f"Consul at {self._url} does not answer: {plain_cause(error)}"
            raise EngineUnavailable(message, hint=self._mend) from None
        return [_check(entry) for entry in entries if _is_ours(entry)]


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
