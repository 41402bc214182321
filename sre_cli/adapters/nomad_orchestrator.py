"""The Orchestrator port on Nomad."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import nomad
import requests
from nomad.api.exceptions import (
    BadRequestNomadException,
    BaseNomadException,
    URLNotAuthorizedNomadException,
    URLNotFoundNomadException,
)

from sre_cli.adapters.nomad_shapes import to_allocation, to_deployment, to_job_state, to_placement_failures
from sre_cli.core.deployment import Allocation, Deployment, JobState, Plan
from sre_cli.core.job_diff import job_diff_lines
from sre_cli.errors import EngineUnavailable, SpecError, UsageError

TASK = "compose"
LOG_TAIL_BYTES = 200_000
T = TypeVar("T")


class NomadOrchestrator:
    """Talks to one Nomad region's servers."""

    def __init__(self, url: str, *, timeout_s: int = 10):
        self._url = url
        self._nomad = nomad.Nomad(address=url, timeout=timeout_s, verify=True)

    def parse(self, hcl: str) -> dict[str, Any]:
        """Turn HCL into Nomad's JSON form. Raises SpecError with Nomad's complaint."""
        try:
            return self._call(lambda: self._nomad.jobs.parse(hcl, canonicalize=True))
        except BadRequestNomadException as error:
            raise SpecError(f"Nomad refuses the rendered job: {_answer(error)}") from None

    def plan(self, job: dict[str, Any]) -> Plan:
        """Ask what registering `job` would change; changes nothing."""
        try:
            answer = self._call(
                lambda: self._nomad.job.plan_job(job["ID"], {"Job": job, "Diff": True}, diff=True)
            )
        except BadRequestNomadException as error:
            raise SpecError(f"Nomad refuses the job {job['ID']!r}: {_answer(error)}") from None
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
            self._call(lambda: self._nomad.jobs.register_job(request))
        except BaseNomadException as error:
            if "Enforcing job modify index" not in _answer(error):
                raise SpecError(f"Nomad refuses the job {job['ID']!r}: {_answer(error)}") from None
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

    def placement_failures(self, job: str) -> list[str]:
        """Why allocations of the job cannot be placed; empty when they can."""
        evaluations = self._call(lambda: self._nomad.job.get_evaluations(job))
        blocked = [e for e in evaluations if e["Status"] == "blocked"]
        failed = [e for e in evaluations if e.get("FailedTGAllocs")]
        return to_placement_failures(max(failed, key=_index)["FailedTGAllocs"]) if blocked and failed else []

    def allocations(self, job: str) -> list[Allocation]:
        """All that are known, newest first."""
        try:
            found = self._call(lambda: self._nomad.job.get_allocations(job))
        except URLNotFoundNomadException:
            return []
        return [to_allocation(a) for a in sorted(found, key=lambda a: -a["CreateIndex"])]

    def jobs(self) -> list[JobState]:
        """Every job, by name."""
        stubs = self._call(self._nomad.jobs.get_jobs)
        return [self._job_state(stub) for stub in sorted(stubs, key=lambda stub: stub["ID"])]

    def _job_state(self, stub: dict[str, Any]) -> JobState:
        return to_job_state(stub, self._call(lambda: self._nomad.job.get_job(stub["ID"])))

    def stop(self, job: str) -> None:
        """Tell the job to end. Raises UsageError when there is no such job."""
        try:
            self._call(lambda: self._nomad.job.get_job(job))
            self._call(lambda: self._nomad.job.deregister_job(job))
        except URLNotFoundNomadException:
            raise UsageError(f"Nomad runs no job {job!r}", hint="sre jobs") from None

    def log(self, allocation_id: str) -> str:
        """The last part of what the containers of an allocation printed."""
        try:
            stream = self._nomad.client.stream_logs.stream
            tail = {"origin": "end", "offset": LOG_TAIL_BYTES, "plain": True}
            return str(self._call(lambda: stream(allocation_id, TASK, "stdout", **tail)))
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
            for piece in answer.iter_content(chunk_size=None):
                yield piece.decode(errors="replace")
        except (BaseNomadException, requests.RequestException) as error:
            raise self._unavailable(error) from None

    def _call(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except (BadRequestNomadException, URLNotFoundNomadException):
            raise
        except URLNotAuthorizedNomadException as error:
            raise EngineUnavailable(f"Nomad at {self._url} refuses this token", hint=_answer(error)) from None
        except BaseNomadException as error:
            if _status(error) == 500:
                raise
            raise self._unavailable(error) from None
        except (requests.RequestException, json.JSONDecodeError) as error:
            raise self._unavailable(error) from None

    def _unavailable(self, error: Exception) -> EngineUnavailable:
        return EngineUnavailable(
            f"Nomad at {self._url} does not answer: {_cause(error)}", hint="sre infra up ENV"
        )


def _cause(error: Exception) -> str:
    """The system's own words out of the libraries' nested ones."""
    system = re.search(r"\[Errno -?\d+\] ([^'\")]+)", str(error))
    return system[1] if system else str(error)


def _index(thing: dict[str, Any]) -> int:
    return int(thing["ModifyIndex"])


def _status(error: BaseNomadException) -> int | None:
    return getattr(error.nomad_resp, "status_code", None)


def _answer(error: BaseNomadException) -> str:
    return " ".join(str(getattr(error.nomad_resp, "text", error.nomad_resp)).split())
