"""How fast a tenant may call: the generic cell rate algorithm (GCRA, ITU-T I.371), a bucket in one number.

That number is the theoretical arrival time: when the bucket will be full again. Each call moves it `1 / rate`
further; a call is refused when that would be more than `burst` calls ahead of now.
"""

from __future__ import annotations

from dataclasses import dataclass

ROUNDING_RATIO = 0.05
"""Part of an interval that does not matter: more than what is rounded away where many are added up."""


@dataclass(frozen=True)
class Pace:
    """A bucket."""

    key: str
    rate_rps: float
    burst: int


@dataclass(frozen=True)
class Quota:
    """A count that may not pass `most`."""

    key: str
    most: int


@dataclass(frozen=True)
class Turn:
    """What became of one call. With a quota that nobody has counted, nothing was taken."""

    wait_s: float
    """Until the bucket has room; 0 when it had."""
    full_in_s: float
    """Until the bucket is full again."""
    left: int
    """Calls that the bucket has room for now."""
    used: int | None = None
    """Of the quota, before this call; None when nobody has counted, or without a quota."""


def take_turn(arrival_s: float, now_s: float, pace: Pace) -> tuple[float, Turn]:
    """The theoretical arrival time after a call at `now_s`, and what became of the call. All in seconds."""
    interval_s = 1 / pace.rate_rps
    ahead_s = max(arrival_s - now_s, 0.0)
    wait_s = ahead_s + interval_s - pace.burst * interval_s
    if wait_s > ROUNDING_RATIO * interval_s:
        return arrival_s, turn_of(ahead_s, wait_s, pace)
    return now_s + ahead_s + interval_s, turn_of(ahead_s + interval_s, 0.0, pace)


def turn_of(ahead_s: float, wait_s: float, pace: Pace, used: int | None = None) -> Turn:
    """The turn of a bucket that is full again in `ahead_s`."""
    left = int(pace.burst - ahead_s * pace.rate_rps + ROUNDING_RATIO)
    return Turn(wait_s=wait_s, full_in_s=ahead_s, left=max(left, 0), used=used)
