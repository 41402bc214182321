"""Whether a version may go on, from what its containers have measured so far. Pure.

A gate that counts events (requests, tasks) compares the share of bad ones with the most that is allowed. Few
of them prove little, so it fails only when Wilson's lower bound of the share lies above that, and passes only
once there are enough events at all; in between it is inconclusive. A gate that reads a level fails when the
level was too high at several looks in a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from string import Template

from sre_cli.core.evaluation.rates import wilson
from sre_cli.specs.job import Gate

ENOUGH_EVENTS = 20
FEWEST_BAD = 3
"""One slow request, the first of a process, proves nothing."""
Z = 2.326
"""Of a one-sided bound at 99 %: the gate looks many times."""
IN_A_ROW = 3
"""Looks at which a level has to be too high."""
_BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Share:
    """Events and the bad ones among them: series in PromQL, with `$of` for the matchers of the containers."""

    what: str
    """The bad ones."""
    events: str
    bad: str = ""
    good: str = ""
    """Where those are counted instead."""

    def queries(self, of: str) -> tuple[str, str]:
        """Of the bad ones and of all events, since the containers began."""
        events = f"sum({Template(self.events).substitute(of=of)})"
        if self.bad:
            return f"sum({Template(self.bad).substitute(of=of)})", events
        return f"{events} - sum({Template(self.good).substitute(of=of)})", events

    def recent(self, of: str) -> str:
        """Events of the last minute."""
        return f"sum(increase({Template(self.events).substitute(of=of)}[1m]))"


@dataclass(frozen=True)
class Level:
    """A value in PromQL, with `$of`; `$memory_bytes` is a container's limit, `$check` a worker's."""

    what: str
    value: str

    def query(self, of: str, memory_bytes: int, check: str) -> str:
        """Of the highest."""
        return Template(self.value).substitute(of=of, memory_bytes=memory_bytes, check=check)


_HTTP = "ekyc_http_request_duration_seconds"
MEASURES: Mapping[Gate, Share | Level] = {
    Gate.HTTP_ERRORS: Share(
        "requests answered with 5xx",
        events='ekyc_http_requests_total{$of,route=~"/v1/.*"}',
        bad='ekyc_http_requests_total{$of,route=~"/v1/.*",status=~"5.."}',
    ),
    Gate.HTTP_SLOW: Share(
        "requests that took more than 3 s",
        events=f'{_HTTP}_count{{$of,route=~"/v1/.*"}}',
        good=f'{_HTTP}_bucket{{$of,route=~"/v1/.*",le="3.0"}}',
    ),
    Gate.TASK_ERRORS: Share(
        "tasks that ended in an error of ours",
        events="ekyc_tasks_total{$of}",
        bad='ekyc_tasks_total{$of,outcome=~"error|handed-back|unreadable"}',
    ),
    Gate.MEMORY: Level(
        "of its memory, in the fullest container", "max(process_resident_memory_bytes{$of}) / $memory_bytes"
    ),
    Gate.GPU_MEMORY: Level(
        "of the fullest GPU's memory",
        "max(ekyc_gpu_memory_used_bytes{$of} / ekyc_gpu_memory_bytes{$of})",
    ),
    # The janitor measures every 15 s, and what is older than a task may become is no longer counted.
    Gate.QUEUE_AGE: Level(
        "s waits the oldest check", 'max(min_over_time(ekyc_queue_age_seconds{check="$check"}[45s]))'
    ),
}


class Verdict(StrEnum):
    """Of one gate, or of all."""

    PASSED = "pass"
    FAILED = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Count:
    """Events of the new containers since they began; whether any container at all has had some lately."""

    bad: float
    events: float
    is_busy: bool


@dataclass(frozen=True)
class Judged:
    """One gate's word, and why."""

    verdict: Verdict
    evidence: str
    is_doubtful: bool = True
    """Whether what is inconclusive speaks against the version, and not just for too little traffic."""


def judge_share(name: str, what: str, most: float, looks: Sequence[Count]) -> Judged:
    """Decide by the last of the looks; the others draw the course. `what` are the bad events."""
    seen = looks[-1]
    # Counters are scraped one after the other: a bad one may be there before it is counted as an event.
    bad, events = min(round(seen.bad), round(seen.events)), round(seen.events)
    told = f"{bad} of {events} {what}" + (f" ({bad / events:.1%})" if events else "")
    if bad >= FEWEST_BAD and wilson(bad, events, Z)[0] > most:
        verdict = Verdict.FAILED
    elif not seen.is_busy and bad < FEWEST_BAD:
        verdict, told = Verdict.PASSED, f"{told}, and no more traffic to judge by"
    elif events >= ENOUGH_EVENTS and bad <= most * events:
        verdict = Verdict.PASSED
    else:
        verdict = Verdict.INCONCLUSIVE
    course = sparkline([one.bad / one.events if one.events else 0.0 for one in looks])
    is_doubtful = bad >= FEWEST_BAD or not events
    return Judged(verdict, f"{name}: {told}, at most {most:.1%}  {course}", is_doubtful)


def judge_level(gate: Gate, most: float, looks: Sequence[float | None]) -> Judged:
    """Decide by the last looks; a level that nobody measures at the moment is inconclusive."""
    known = [one for one in looks if one is not None]
    if not known or looks[-1] is None:
        return Judged(Verdict.INCONCLUSIVE, f"{gate}: not measured")
    last = known[-IN_A_ROW:]
    if len(last) == IN_A_ROW and min(last) > most:
        verdict = Verdict.FAILED
    else:
        verdict = Verdict.INCONCLUSIVE if last[-1] > most else Verdict.PASSED
    told = f"{known[-1]:.2f} {MEASURES[gate].what}, at most {most:g}"
    return Judged(verdict, f"{gate}: {told}  {sparkline(known)}")


def judge_all(judged: Iterable[Judged]) -> Verdict:
    """One that fails decides; else one that is undecided does."""
    verdicts = {one.verdict for one in judged}
    return next((v for v in (Verdict.FAILED, Verdict.INCONCLUSIVE) if v in verdicts), Verdict.PASSED)


def sparkline(values: Sequence[float], width: int = 40) -> str:
    """The course of a value, from 0 to its highest, the latest on the right."""
    last = values[-width:]
    top = max(last, default=0.0) or 1.0
    return "".join(_BARS[round(max(0.0, value) / top * (len(_BARS) - 1))] for value in last)
