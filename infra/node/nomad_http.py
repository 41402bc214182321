"""The few questions that bringing a cluster up and down puts to Nomad and Consul."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from infra.node.variables import Items, variable_path
from infra.progress import Step
from sre_cli.errors import EngineUnavailable

VARIABLE_DEADLINE_S = 30
ALIVE = {"pending", "running", "unknown"}


class NodeApi:
    """Nomad's and Consul's HTTP APIs of one node."""

    def __init__(
        self, nomad_url: str, consul_url: str, token: str, transport: httpx.BaseTransport | None = None
    ):
        # trust_env: a proxy of the environment must not see requests to loopback.
        common: dict[str, Any] = {"timeout": 10, "trust_env": False, "transport": transport}
        self._token = token
        self._nomad = httpx.Client(base_url=nomad_url, headers={"X-Nomad-Token": token}, **common)
        self._consul = httpx.Client(base_url=consul_url, **common)

    def has_consul_leader(self) -> bool:
        """Whether Consul can be written to."""
        return bool(_ask(self._consul, "/v1/status/leader"))

    def has_ready_node(self) -> bool:
        """Whether Nomad has a leader and a client that takes jobs, Consul's services among them."""
        if not self._knows_token():
            return False
        nodes = _ask(self._nomad, "/v1/nodes") or []
        return any(_takes_jobs(_ask(self._nomad, f"/v1/node/{node['ID']}") or {}) for node in nodes)

    def _knows_token(self) -> bool:
        """Whether Nomad has a leader that accepts the token; a new cluster is told it here.

        Raises EngineUnavailable: when the cluster was told another one before.
        """
        try:
            if self._nomad.get("/v1/acl/token/self").is_success:
                return True
            answer = self._nomad.post("/v1/acl/bootstrap", json={"BootstrapSecret": self._token})
        except httpx.HTTPError:
            return False
        if "already done" in answer.text:
            raise EngineUnavailable("Nomad does not accept the token of this environment", detail=answer.text)
        return answer.is_success

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
        # A new leader answers before it has made, or found again, its encryption key.
        while (answer := self._nomad.request(method, path, **more)).is_server_error:
            if watch.elapsed_s > until:
                break
            watch.tick("Nomad is not ready to keep them")
            watch.pause()
        if answer.is_error and answer.status_code != httpx.codes.NOT_FOUND:
            raise EngineUnavailable(
                f"Nomad refuses {method} {path}: HTTP {answer.status_code}", detail=answer.text
            )
        return answer

    def jobs(self) -> list[str]:
        """Every job that Nomad runs or would run."""
        found = _ask(self._nomad, "/v1/jobs") or []
        return [job["ID"] for job in found if not job["Stop"]]

    def stop_job(self, job: str) -> None:
        """Ask Nomad to stop `job`."""
        self._nomad.delete(f"/v1/job/{job}").raise_for_status()

    def living_allocations(self, jobs: Iterable[str]) -> list[str]:
        """The allocations of `jobs` that have not ended."""
        found: list[dict[str, Any]] = _ask(self._nomad, "/v1/allocations") or []
        wanted = set(jobs)
        return [one["Name"] for one in found if one["JobID"] in wanted and one["ClientStatus"] in ALIVE]


def _takes_jobs(node: Mapping[str, Any]) -> bool:
    # Without Consul's version no job with a service of Consul's is placed there.
    driver = (node.get("Drivers") or {}).get("raw_exec") or {}
    knows_consul = "consul.version" in (node.get("Attributes") or {})
    return node.get("Status") == "ready" and bool(driver.get("Healthy")) and knows_consul


def _ask(client: httpx.Client, path: str) -> Any:
    """The answer, or None while there is none yet."""
    try:
        return client.get(path).raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        return None
