"""Nomad's JSON -> the dataclasses of the core."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sre_cli.core.deployment import Allocation, Deployment, JobState
from sre_cli.core.history import ConfigChange, JobVersion
from sre_cli.core.status import NodeState, ServerState

NS_PER_S = 1e9


def to_allocation(stub: dict[str, Any]) -> Allocation:
    """One element of `/v1/job/:id/allocations`."""
    return Allocation(
        id=stub["ID"],
        node=stub["NodeName"],
        job_version=stub["JobVersion"],
        status=stub["ClientStatus"],
        healthy=(stub.get("DeploymentStatus") or {}).get("Healthy"),
        wanted=stub["DesiredStatus"] == "run",
        events=tuple(_events(stub)),
        created_s=stub["CreateTime"] / NS_PER_S,
    )


def _events(stub: dict[str, Any]) -> list[str]:
    events = [
        (event["Time"], f"{task}: {event['DisplayMessage'] or event['Type']}")
        for task, state in (stub.get("TaskStates") or {}).items()
        for event in state.get("Events") or []
    ]
    return [text for _, text in sorted(events)]


def to_deployment(deployment: dict[str, Any]) -> Deployment:
    """One element of `/v1/job/:id/deployments`."""
    groups = list(deployment["TaskGroups"].values())
    return Deployment(
        id=deployment["ID"],
        job_version=deployment["JobVersion"],
        status=deployment["Status"],
        description=deployment["StatusDescription"],
        wanted=sum(group["DesiredTotal"] for group in groups),
        healthy=sum(group["HealthyAllocs"] for group in groups),
        unhealthy=sum(group["UnhealthyAllocs"] for group in groups),
    )


def to_job_version(version: dict[str, Any]) -> JobVersion:
    """One element of `/v1/job/:id/versions`."""
    return JobVersion(
        job=version["ID"],
        number=version["Version"],
        submitted_at=_moment(version["SubmitTime"]),
        version=(version.get("Meta") or {}).get("version", ""),
        is_stable=version["Stable"],
        stops=version["Stop"],
    )


def to_config_change(variable: dict[str, Any]) -> ConfigChange:
    """One element of `/v1/vars?prefix=nomad/jobs/`."""
    return ConfigChange(
        job=variable["Path"].removeprefix("nomad/jobs/").split("/")[0],
        changed_at=_moment(variable["ModifyTime"]),
    )


def _moment(ns: int) -> datetime:
    return datetime.fromtimestamp(ns / NS_PER_S, UTC)


def to_job_state(stub: dict[str, Any], job: dict[str, Any]) -> JobState:
    """One element of `/v1/jobs` and its `/v1/job/:id`."""
    groups = stub["JobSummary"]["Summary"].values()
    return JobState(
        job=stub["ID"],
        status="stopped" if stub["Stop"] else stub["Status"],
        version=(job.get("Meta") or {}).get("version", ""),
        running=sum(group["Running"] for group in groups),
        wanted=0 if stub["Stop"] else sum(group["Count"] for group in job["TaskGroups"]),
    )


def to_placement_failures(failed: dict[str, Any] | None) -> list[str]:
    """`FailedTGAllocs` of an evaluation or a plan, one sentence a cause."""
    return [line for metrics in (failed or {}).values() for line in _causes(metrics)]


def _causes(metrics: dict[str, Any]) -> list[str]:
    causes = [
        *(
            f"{count} node(s) lack {what}"
            for what, count in (metrics.get("DimensionExhausted") or {}).items()
        ),
        *(
            f"{count} node(s) fail {what}"
            for what, count in (metrics.get("ConstraintFiltered") or {}).items()
        ),
    ]
    return causes or [f"{metrics.get('NodesEvaluated', 0)} node(s) looked at, none fits"]


def to_node_states(stubs: Iterable[dict[str, Any]], running: Iterable[dict[str, Any]]) -> list[NodeState]:
    """`/v1/nodes` and the running ones of `/v1/allocations`, both with resources; by name.

    A machine that was made anew under its old name is there twice: the newest entry counts.
    """
    used: dict[str, float] = defaultdict(float)
    for allocation in running:
        used[allocation["NodeID"]] += _memory_mib(allocation.get("AllocatedResources") or {})
    newest = {stub["Name"]: stub for stub in sorted(stubs, key=lambda stub: stub["CreateIndex"])}
    return [_node_state(stub, used[stub["ID"]]) for _, stub in sorted(newest.items())]


def _memory_mib(resources: dict[str, Any]) -> float:
    # What runs before or after the others has its turn alone.
    turns = {name for name, life in (resources.get("TaskLifecycles") or {}).items() if life}
    tasks = (resources.get("Tasks") or {}).items()
    return float(sum(task["Memory"]["MemoryMB"] for name, task in tasks if name not in turns))


def _node_state(stub: dict[str, Any], used_mib: float) -> NodeState:
    draining = stub["Drain"] or stub["SchedulingEligibility"] != "eligible"
    return NodeState(
        name=stub["Name"],
        pool=stub["NodeClass"],
        status="draining" if stub["Status"] == "ready" and draining else stub["Status"],
        memory_used_mib=round(used_mib),
        memory_mib=stub["NodeResources"]["Memory"]["MemoryMB"],
    )


def to_server_state(server: dict[str, Any]) -> ServerState:
    """One element of `/v1/operator/autopilot/health`."""
    return ServerState(
        name=server["Name"].partition(".")[0],
        is_leader=server["Leader"],
        is_healthy=server["Healthy"] and server["SerfStatus"] == "alive",
        is_voter=server["Voter"],
    )
