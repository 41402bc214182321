"""Why a deployment failed, from what the engines say. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from sre_cli.core.deployment import Allocation, Check

LOG_LINES = 25
_ENDED = re.compile(r"^supervisor: (replica-\d+) ended", re.MULTILINE)


def unhealthy_checks(checks: Iterable[Check]) -> list[str]:
    """One line a container that fails its check."""
    return [f"{check.replica} at {check.address}: {check.output}" for check in checks if not check.passing]


def find_failing(allocations: Iterable[Allocation], job_version: int) -> Allocation | None:
    """Of the allocations of `job_version`, newest first, one known to be unhealthy, else the newest."""
    ours = [a for a in allocations if a.job_version == job_version]
    return next((a for a in ours if a.healthy is False), ours[0] if ours else None)


def describe_failure(
    failing: Allocation | None, checks: Iterable[Check], read_log: Callable[[str], str]
) -> str:
    """The failing allocation's events, its failing checks and the failing container's last lines."""
    if failing is None:
        return "no allocation of this version was started"
    log = failing_lines(read_log(failing.id))
    return "\n".join(
        [
            f"allocation {failing.id[:8]} on {failing.node}: {failing.status}",
            *(f"  {event}" for event in failing.events[-6:]),
            *(f"  {line}" for line in unhealthy_checks(c for c in checks if c.allocation_id == failing.id)),
            "last lines of its log:",
            *(f"  {line}" for line in log or ["(empty)"]),
        ]
    )


def failing_lines(log: str) -> list[str]:
    """The last lines of the container that ended, where the supervisor named one; else of all.

    Compose puts the container's name in front of each line: `replica-0-1  | text`; its own chatter, about
    pulling, creating and starting, begins with a space, says nothing and is left out.
    """
    ended = _ENDED.findall(log)
    lines = [line for line in log.splitlines() if not line.startswith((" ", "Attaching to "))]
    if ended:
        lines = [line for line in lines if line.startswith((f"{ended[-1]}-", f"supervisor: {ended[-1]}"))]
    return lines[-LOG_LINES:]
