"""The Orchestrator port on Nomad."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from nomad.api.exceptions import BaseNomadException

from sre_cli.adapters.nomad_client import NomadClient, answer_of
from sre_cli.adapters.nomad_shapes import (
    to_allocation,
    to_config_change,
    to_deployment,
    to_job_state,
    to_job_version,
    to_node_states,
    to_placement_failures,
    to_server_state,
)
from sre_cli.core.deployment import Allocation, Deployment, JobState, Plan
from sre_cli.core.history import ConfigChange, JobVersion
from sre_cli.core.job_diff import job_diff_lines
from sre_cli.core.status import NodeState, ServerState
from sre_cli.errors import SpecError, UsageError

TASK = "compose"
VARIABLES = "nomad/jobs/"
UNHEALTHY = 429
REFUSES = (400, 404, 500)
"""What Nomad says of a deployment that has ended."""
LOG_TAIL_BYTES = 200_000


class NomadOrchestrator:
    """Talks to one Nomad region's servers."""

    def __init__(self, client: NomadClient):
        self._nomad, self._call = client.nomad, client.ask
        self._unavailable = client.unavailable

    def parse(self, hcl: str) -> dict[str, Any]:
        """Turn HCL into Nomad's JSON form. Raises SpecError with Nomad's complaint."""
        try:
            return self._call(lambda: self._nomad.jobs.parse(hcl, canonicalize=True), 400, 500)
        except BaseNomadException as error:
            raise SpecError(f"Nomad refuses the rendered job: {answer_of(error)}") from None

    def plan(self, job: dict[str, Any]) -> Plan:
        """Ask what registering `job` would change; changes nothing."""
        request = {"Job": job, "Diff": True}
        try:
            answer = self._call(lambda: self._nomad.job.plan_job(job["ID"], request, diff=True), 400, 500)
        except BaseNomadException as error:
            raise SpecError(f"Nomad refuses the job {job['ID']!r}: {answer_of(error)}") from None
        return Plan(
            job=job["ID"],
            lines=job_diff_lines(answer.get("Diff")),
            index=answer["JobModifyIndex"],
            cannot_place=tuple(to_placement_failures(answer.get("FailedTGAllocs"))),
        )

    def register(self, job: dict[str, Any], plan: Plan) -> int:
        """Register `job` if nothing changed since `plan`; the new job version."""
        request = {"Job": job, "EnforceIndex": True, "JobModifyIndex": plan.index}
        try:
            self._call(lambda: self._nomad.jobs.register_job(request), 400, 500)
        except BaseNomadException as error:
            if "Enforcing job modify index" not in answer_of(error):
                raise SpecError(f"Nomad refuses the job {job['ID']!r}: {answer_of(error)}") from None
            raise UsageError(
                f"job {job['ID']!r} was changed by somebody else meanwhile",
                hint=f"sre deploy {job['ID']} --plan",
            ) from None
        return int(self._call(lambda: self._nomad.job.get_job(job["ID"]))["Version"])

    def deployment(self, job: str, job_version: int) -> Deployment | None:
        """The rollout of that version, if it has begun."""
        found = self._call(lambda: self._nomad.job.get_deployments(job))
        versions = [d for d in found if d["JobVersion"] == job_version]
        newest = max(versions, key=lambda d: d["CreateIndex"], default=None)
        return to_deployment(newest) if newest else None

    def pause(self, deployment: Deployment, *, is_paused: bool) -> None:
        """Replace no further allocation of that rollout, or go on; nothing where it is over already."""
        with suppress(BaseNomadException):
            self._call(lambda: self._nomad.deployment.pause_deployment(deployment.id, is_paused), *REFUSES)

    def fail(self, deployment: Deployment) -> bool:
        """End that rollout, so that the version before comes back; False: it is over already."""
        try:
            self._call(lambda: self._nomad.deployment.fail_deployment(deployment.id), *REFUSES)
        except BaseNomadException:
            return False
        return True

    def mark_unstable(self, job: str, number: int) -> None:
        """Nobody shall go back to that version of the job, Nomad neither."""
        self._call(lambda: self._nomad.job.stable_job(job, number, False))

    def placement_failures(self, job: str) -> list[str]:
        """Why allocations of the job cannot be placed; empty when they can."""
        evaluations = self._call(lambda: self._nomad.job.get_evaluations(job))
        blocked = [e for e in evaluations if e["Status"] == "blocked"]
        failed = [e for e in evaluations if e.get("FailedTGAllocs")]
        return to_placement_failures(max(failed, key=_index)["FailedTGAllocs"]) if blocked and failed else []

    def allocations(self, job: str) -> list[Allocation]:
        """All that are known, newest first."""
        try:
            found = self._call(lambda: self._nomad.job.get_allocations(job), 404)
        except BaseNomadException:
            return []
        return [to_allocation(a) for a in sorted(found, key=lambda a: -a["CreateIndex"])]

    def jobs(self) -> list[JobState]:
        """Every job, by name."""
        stubs = self._call(self._nomad.jobs.get_jobs)
        return [self._job_state(stub) for stub in sorted(stubs, key=lambda stub: stub["ID"])]

    def _job_state(self, stub: dict[str, Any]) -> JobState:
        return to_job_state(stub, self._call(lambda: self._nomad.job.get_job(stub["ID"])))

    def nodes(self) -> list[NodeState]:
        """Every machine that runs jobs, by name."""
        found = self._call(
            lambda: self._nomad.nodes.request(params={"resources": "true"}, method="get").json()
        )
        running = self._call(
            lambda: self._nomad.allocations.request(
                params={"resources": "true", "filter": 'ClientStatus == "running"'}, method="get"
            ).json()
        )
        return to_node_states(found, running)

    def servers(self) -> list[ServerState]:
        """Every server, by name."""
        ask = self._nomad.operator.request
        try:
            answer = self._call(lambda: ask("autopilot", "health", method="get").json(), UNHEALTHY)
        except BaseNomadException as error:
            # The same answer, with the status that says that a server is not well.
            answer = json.loads(answer_of(error))
        return sorted(map(to_server_state, answer["Servers"] or []), key=lambda server: server.name)

    def versions(self, job: str) -> list[JobVersion]:
        """Those of the job that Nomad remembers; none of one that is unknown."""
        return [to_job_version(version) for version in self._versions(job)]

    def definition(self, job: str, number: int) -> dict[str, Any]:
        """A version of the job that Nomad remembers, as it was registered."""
        return next(version for version in self._versions(job) if version["Version"] == number)

    def _versions(self, job: str) -> list[dict[str, Any]]:
        try:
            found = self._call(lambda: self._nomad.job.get_versions(job), 404)
        except BaseNomadException:
            return []
        return found["Versions"] or []

    def config_changes(self) -> list[ConfigChange]:
        """When each job's variables were last written."""
        found = self._call(lambda: self._nomad.variables.get_variables(VARIABLES))
        return [to_config_change(variable) for variable in found]

    def stop(self, job: str) -> None:
        """Tell the job to end. Raises UsageError when there is no such job."""
        try:
            self._call(lambda: self._nomad.job.get_job(job), 404)
            self._call(lambda: self._nomad.job.deregister_job(job))
        except BaseNomadException:
            raise UsageError(f"Nomad runs no job {job!r}", hint="sre jobs") from None

    def log(self, allocation_id: str) -> str:
        """The last part of what the containers of an allocation printed."""
        try:
            stream = self._nomad.client.stream_logs.stream
            tail = {"origin": "end", "offset": LOG_TAIL_BYTES, "plain": True}
            return str(self._call(lambda: stream(allocation_id, TASK, "stdout", **tail), 400, 404, 500))
        except BaseNomadException:
            return ""

    def follow_log(self, allocation_id: str) -> Iterator[str]:
        """The log as it grows; the library's own call reads a whole answer, so this streams below it."""
        query = {
            "task": TASK,
            "type": "stdout",
            "follow": "true",
            "plain": "true",
            "origin": "end",
            "offset": 0,
        }
        ask = self._nomad.client.stream_logs.request
        try:
            answer = ask(allocation_id, params=query, method="get", stream=True, timeout=None)
            # A piece may end in the middle of a character.
            yield from codecs.iterdecode(answer.iter_content(chunk_size=None), "utf-8", errors="replace")
        except (BaseNomadException, OSError) as error:
            raise self._unavailable(error) from None


def _index(thing: dict[str, Any]) -> int:
    return int(thing["ModifyIndex"])
