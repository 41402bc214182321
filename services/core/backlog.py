"""How long a new task would wait, and what to tell a caller who should not wait for it."""

from __future__ import annotations

import math
from dataclasses import dataclass

SAFE_RATIO = 0.7
"""Share of a task's life that it may wait: the estimate is rough, and other callers come at the same time."""
MOST_RETRY_S = 60
HELD_TASKS = 4
"""What each worker has taken and not answered while others wait: two batches of two, by default."""
RISE_RATIO, FALL_RATIO = 0.5, 0.1
"""Weight of one reply in the time that a task takes. Believed sooner when it says that tasks take longer now:
what is refused may come again, what is accepted and then too late was in vain."""


@dataclass(frozen=True)
class Load:
    """What a queue holds, and how many workers take from it."""

    waiting: int
    workers: int


def wait_s(load: Load, service_s: float) -> float:
    """Seconds until a new task is answered: it and all before it take `service_s` of one worker's time each.

    Without a worker the queue is measured as if one came: a deployment takes them away for a moment.
    """
    held = HELD_TASKS * load.workers if load.waiting else 0
    return (load.waiting + held + 1) * service_s / max(load.workers, 1)


def smoothed_s(service_s: float | None, heard_s: float) -> float:
    """The time that a task takes, after a reply that took `heard_s`; None: it is the first."""
    if service_s is None:
        return heard_s
    return service_s + (RISE_RATIO if heard_s > service_s else FALL_RATIO) * (heard_s - service_s)


def too_long_s(wait_s: float, ttl_s: float) -> float:
    """By how many seconds the wait is too long for a task that lives `ttl_s`; 0 or less when it is not."""
    return wait_s - SAFE_RATIO * ttl_s


def retry_after_s(over_s: float) -> int:
    """When to come back, as the queue is `over_s` too long: whole seconds, 1 to MOST_RETRY_S."""
    return min(max(math.ceil(over_s), 1), MOST_RETRY_S)
