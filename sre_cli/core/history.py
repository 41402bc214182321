"""Everything that changed, from the ledger and from what the engines remember themselves. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sre_cli.errors import UsageError
from sre_cli.specs.history import Entry, Result

NOT_SRE = "somebody, without sre"
_SPAN = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class JobVersion:
    """A version of a job that the orchestrator remembers."""

    job: str
    number: int
    submitted_at: datetime
    version: str
    """Tag of its image."""
    is_stable: bool
    """Its rollout ended well."""
    stops: bool


@dataclass(frozen=True)
class ConfigChange:
    """A job's variables, the last time that they were written."""

    job: str
    changed_at: datetime


@dataclass(frozen=True)
class Change:
    """What somebody is about to do to a job."""

    job: str
    action: str
    before: str
    after: str
    lines: tuple[str, ...]


def merge_history(
    entries: Iterable[Entry],
    versions: Iterable[JobVersion],
    config: Iterable[ConfigChange],
    held: Mapping[str, str],
) -> list[Entry]:
    """All changes, the newest first. `held` are the jobs that somebody changes now, and by which entry."""
    versions = list(versions)
    told = _completed([_settled(entry, held) for entry in entries], versions)
    known = {(entry.job, number) for entry in told for number in entry.nomad_versions}
    ongoing = {entry.job: entry.began_at for entry in told if entry.result is Result.RUNNING}
    found = [
        _of_version(version)
        for version in versions
        if (version.job, version.number) not in known
        and not (version.job in ongoing and version.submitted_at >= ongoing[version.job])
    ]
    all_of_them = [*told, *found, *map(_of_config, config)]
    return sorted(all_of_them, key=lambda entry: entry.began_at, reverse=True)


def rollback_candidates(versions: Iterable[JobVersion], to: int | None) -> list[JobVersion]:
    """What the job can go back to, the newest first: version `to` alone, or those that were healthy once.

    Raises UsageError: `to` is not remembered.
    """
    known = sorted(versions, key=lambda one: one.number, reverse=True)
    if to is None:
        return [one for one in known[1:] if one.is_stable and not one.stops]
    if found := [one for one in known if one.number == to and not one.stops]:
        return found
    there = ", ".join(str(one.number) for one in known if not one.stops) or "none"
    raise UsageError(f"--to {to}: Nomad does not remember that version", hint=f"it remembers {there}")


def parse_span(text: str) -> timedelta:
    """`90m`, `3h` or `2d`. Raises UsageError: for anything else."""
    match = _SPAN.fullmatch(text.strip())
    if not match:
        raise UsageError(f"--since {text!r} is no span of time", hint="sre history --since 90m, 3h or 2d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _completed(told: list[Entry], versions: list[JobVersion]) -> list[Entry]:
    """A run that died did not write down which versions it made: those until the next run are its own, where
    they have one of its two tags."""
    return [_with_versions(entry, told, versions) if entry.result is Result.LEFT else entry for entry in told]


def _with_versions(entry: Entry, told: list[Entry], versions: list[JobVersion]) -> Entry:
    later = [one.began_at for one in told if one.job == entry.job and one.began_at > entry.began_at]
    until = min(later, default=None)
    made = tuple(
        version.number
        for version in versions
        if version.job == entry.job
        and entry.began_at <= version.submitted_at
        and (until is None or version.submitted_at < until)
        and version.version in (entry.before, entry.after)
    )
    return entry.model_copy(update={"nomad_versions": tuple(sorted(made))})


def _settled(entry: Entry, held: Mapping[str, str]) -> Entry:
    if entry.result is Result.RUNNING and held.get(entry.job) != entry.id:
        return entry.model_copy(update={"result": Result.LEFT})
    return entry


def _of_version(version: JobVersion) -> Entry:
    return Entry(
        id=f"nomad-{version.number}",
        job=version.job,
        action="stop" if version.stops else "register",
        began_at=version.submitted_at,
        by=NOT_SRE,
        after="" if version.stops else version.version,
        nomad_versions=(version.number,),
        result=Result.UNKNOWN,
    )


def _of_config(change: ConfigChange) -> Entry:
    return Entry(
        id="config",
        job=change.job,
        action="config",
        began_at=change.changed_at,
        by=NOT_SRE,
        why="its Nomad variables were written",
        result=Result.UNKNOWN,
    )


def table_row(entry: Entry) -> tuple[str, ...]:
    """When, job, what, by whom, versions, result, how long, why; in the reader's time zone."""
    versions = f"{entry.before or '-'} -> {entry.after or '-'}" if entry.before or entry.after else ""
    took = f"{(entry.ended_at - entry.began_at).total_seconds():.0f} s" if entry.ended_at else ""
    when = f"{entry.began_at.astimezone():%Y-%m-%d %H:%M:%S}"
    return when, entry.job, entry.action, entry.by, versions, entry.result, took, entry.why
