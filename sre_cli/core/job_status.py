"""One job, closely: what runs of it and where, what rolls out, what was done to it last. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sre_cli.core.deployment import Allocation, Check, Deployment, JobState, Verdict, judge
from sre_cli.core.hints import in_env
from sre_cli.core.history import table_row
from sre_cli.specs.history import Entry

UNITS_S = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


@dataclass(frozen=True)
class Placed:
    """An allocation that runs, or shall."""

    allocation: Allocation
    zone: str
    age_s: float
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class JobStatus:
    """Everything that is known of a job."""

    env: str
    state: JobState
    placed: tuple[Placed, ...]
    rollout: Deployment | None
    """The newest version's."""
    obstacles: tuple[str, ...]
    """Why something of it cannot be placed."""
    changes: tuple[Entry, ...]
    """The newest first."""
    is_held: bool
    """Whether somebody is changing it now."""

    def problems(self) -> list[str]:
        """What is not as it should be."""
        checks = [check for one in self.placed for check in one.checks]
        failing = sum(not check.passing for check in checks)
        return [
            *([f"{self.state.job} is stopped"] if self.state.status == "stopped" else []),
            *(
                [f"{self.state.running} of {self.state.wanted} allocations run"]
                if self.state.running < self.state.wanted
                else []
            ),
            *([f"{failing} of {len(checks)} containers fail their check"] if failing else []),
            *(f"cannot be placed: {obstacle}" for obstacle in self.obstacles),
            *self._rollout_problems(),
        ]

    def _rollout_problems(self) -> list[str]:
        rollout = self.rollout
        if rollout is None or self.is_held or judge(rollout) is not Verdict.WAITING:
            return []
        again = in_env(self.env, f"sre deploy {self.state.job}")
        return [f"a rollout is {rollout.status} and nobody watches it: {again}"]


def job_status_lines(status: JobStatus) -> Iterator[str]:
    """For people: the job, its rollout, a line an allocation, the containers that fail, the last changes."""
    state, rollout = status.state, status.rollout
    checks = [check for one in status.placed for check in one.checks]
    passing = sum(check.passing for check in checks)
    yield (
        f"{state.job} {state.version}: {state.status}, {state.running} of {state.wanted} allocations run, "
        f"{passing} of {len(checks)} containers pass"
    )
    if rollout:
        yield (
            f"rollout of version {rollout.job_version}: {rollout.status}, "
            f"{rollout.healthy} of {rollout.wanted} steady; {rollout.description}"
        )
    yield ""
    yield from _table(
        ("ALLOC", "NODE", "ZONE", "VERSION", "STATE", "AGE", "PASS", "ADDRESSES"), status.placed
    )
    if status.changes:
        yield ""
    for entry in status.changes:
        yield "  ".join(cell for cell in table_row(entry) if cell)


def _table(headers: tuple[str, ...], placed: Sequence[Placed]) -> Iterator[str]:
    rows = [headers, *map(_row, placed)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(headers))]
    for row, one in zip(rows, [None, *placed], strict=True):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for check in one.checks if one else ():
            if not check.passing:
                yield f"    {check.replica} at {check.address} fails: {check.output}"


def _row(one: Placed) -> tuple[str, ...]:
    allocation = one.allocation
    return (
        allocation.id[:8],
        allocation.node,
        one.zone,
        str(allocation.job_version),
        allocation.status,
        age(one.age_s),
        f"{sum(check.passing for check in one.checks)}/{len(one.checks)}",
        " ".join(check.address for check in one.checks),
    )


def age(seconds: float) -> str:
    """`45s`, `12m`, `5h`, `3d`."""
    unit, size_s = next((one for one in UNITS_S if seconds >= one[1]), UNITS_S[-1])
    return f"{int(max(0.0, seconds) // size_s)}{unit}"
