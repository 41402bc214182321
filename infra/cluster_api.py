"""The few questions that bringing a cluster up puts to Nomad and Consul, over TLS and with their tokens."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Any

import httpx

from infra.node.variables import Items, variable_path
from infra.progress import Step
from sre_cli.errors import EngineUnavailable

VARIABLE_DEADLINE_S = 30
TIMEOUT_S = 10


@dataclass(frozen=True)
class Access:
    """Where the engines are, and what they ask for."""

    nomad_url: str
    consul_url: str
    ca_pem: str
    nomad_token: str = field(repr=False)
    consul_token: str = field(repr=False)


class ClusterApi:
    """Nomad's and Consul's HTTP APIs of one cluster."""

    def __init__(self, access: Access, transport: httpx.BaseTransport | None = None):
        trust = ssl.create_default_context(cadata=access.ca_pem) if transport is None else True
        # trust_env: a proxy of the environment must not see the tokens.
        common: dict[str, Any] = {
            "timeout": TIMEOUT_S,
            "trust_env": False,
            "transport": transport,
            "verify": trust,
        }
        nomad, consul = {"X-Nomad-Token": access.nomad_token}, {"X-Consul-Token": access.consul_token}
        self._nomad = httpx.Client(base_url=access.nomad_url, headers=nomad, **common)
        self._consul = httpx.Client(base_url=access.consul_url, headers=consul, **common)

    def nomad(self, path: str) -> Any:
        """What Nomad answers, or None while it has no answer."""
        return _ask(self._nomad, path)

    def consul(self, path: str) -> Any:
        """What Consul answers, or None while it has no answer."""
        return _ask(self._consul, path)

    def read_variable(self, job: str, watch: Step) -> tuple[Items, int]:
        """What the job's variable holds, and its index; nothing and 0 where there is none.

        Raises EngineUnavailable: when Nomad refuses.
        """
        answer = self._ask_variable("GET", job, watch)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return {}, 0
        found = answer.json()
        return found["Items"], found["ModifyIndex"]

    def write_variable(self, job: str, items: Items, index: int, watch: Step) -> None:
        """Write the job's variable if nobody has since `index`.

        Raises EngineUnavailable: when somebody has, or Nomad refuses.
        """
        body = {"Path": variable_path(job), "Items": items}
        self._ask_variable("PUT", job, watch, params={"cas": index}, json=body)

    def _ask_variable(self, method: str, job: str, watch: Step, **more: Any) -> httpx.Response:
        path = f"/v1/var/{variable_path(job)}"
        until = watch.elapsed_s + VARIABLE_DEADLINE_S
        # A new leader answers before it has made, or found again, its encryption key; an old one hangs up.
        while (answer := self._answer(method, path, **more)).is_server_error and watch.elapsed_s <= until:
            watch.tick("Nomad is not ready to keep them")
            watch.pause()
        if answer.is_error and answer.status_code != httpx.codes.NOT_FOUND:
            raise EngineUnavailable(
                f"Nomad refuses {method} {path}: HTTP {answer.status_code}", detail=answer.text
            )
        return answer

    def _answer(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return self._nomad.request(method, path, **more)
        except httpx.HTTPError as error:
            return httpx.Response(httpx.codes.BAD_GATEWAY, text=str(error))


def _ask(client: httpx.Client, path: str) -> Any:
    try:
        return client.get(path).raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        return None
